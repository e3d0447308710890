"""`huiqi rotate-key`: a new administrator's key in place of the old one.

A running service takes it at once; sessions of the old one end.
"""

from service.keys import rotate_admin_key
from service.settings import Settings


def run() -> None:
    """Make a new administrator's key, keep it in admin.key and print it."""
    print(rotate_admin_key(Settings()))
