"""Example paths of the API's routes."""

import re

from consent.api.http.routes import PATH_PARAMETERS, Route


def path_of(route: Route) -> str:
    """Return an example path of the route, for the site `shop`."""
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: PATH_PARAMETERS[found[1]].example, route.path)
