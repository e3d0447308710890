"""`huiqi rotate-key`: a new administrator's key in place of the old one.

A running service takes it at once; sessions of the old one end.
"""

from service.commands.fault import Fault
from service.keys import rotate_admin_key
from service.settings import Settings


def run() -> None:
    """Make a new administrator's key, keep it in admin.key and print it."""
    settings = Settings()
    if settings.admin_key is not None:
        raise Fault("HUIQI_ADMIN_KEY holds the key: change it there and start the service again")
    print(rotate_admin_key(settings))
