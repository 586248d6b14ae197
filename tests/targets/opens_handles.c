// Right in every way: the clean twin of the openers.

#include "opener.h"

OPENS_WITH(end_carefully)
OPENER(opens_handles)
