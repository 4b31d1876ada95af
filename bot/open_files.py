"""How many files and sockets this process may hold open: as many as the system lets it."""

import resource


def raise_limit() -> int:
    """Lift the soft limit, often 1,024, to the hard one: each open web chat is a socket. Returns the new limit."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard
