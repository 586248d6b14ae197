//! role    = "producer"
//! summary = "Frees the payload of a capsule that was never made on two ways out"
//! breaks  = ["null::producer_keeps_what_a_refused_capsule_should_own"]
//!
//! [[produces]]
//! attribute = "gives_up_twice._C_API"

#define OVERRIDE_GIVE_UP
#include "producer.h"

static void
give_up(Owned *owned)
{
    free_payload(owned->payload);
    default_give_up(owned);
}
