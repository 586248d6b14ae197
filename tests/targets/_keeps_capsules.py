"""Where `keeps_capsules` has one of its capsules from, as `datetime` has its own from `_datetime`."""

from keeps_capsules import api
