"""Time zone of a site, for the days of tag schedules."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

UTC = "UTC"


def time_zone(name: str) -> ZoneInfo | None:
    """Return the zone `name` of the IANA database, or None for UTC. Raises ValueError for a name that is none."""
    if name == UTC:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError) as error:  # OSError: the name of a folder
        raise ValueError(name) from error


def is_time_zone(name: str) -> bool:
    """Return whether `name` is a zone of the IANA database."""
    try:
        time_zone(name)
    except ValueError:
        return False
    return True
