//! role    = "producer"
//! summary = "Believes that the destructor frees the payload of a capsule that was never made"
//! breaks  = ["null::producer_keeps_what_a_refused_capsule_should_own"]
//!
//! [[produces]]
//! attribute = "leaves_it_to_the_destructor._C_API"

#define OVERRIDE_GIVE_UP
#include "producer.h"

static void
give_up(Owned *owned)
{
    free_names(owned);
}
