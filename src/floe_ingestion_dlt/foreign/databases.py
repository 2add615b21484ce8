"""What the codes of database drivers say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import sqlalchemy.exc as sql

from floe_ingestion_dlt.domain.faults import Category

# SQLSTATE: the whole code speaks before its class. https://www.postgresql.org/docs/current/errcodes-appendix.html
SQLSTATES: Final[Mapping[str, Category]] = {
    "08": Category.TRANSIENT,
    "28": Category.PERMANENT,
    "3D": Category.CONFIGURATION,
    "3F": Category.CONFIGURATION,
    "40": Category.TRANSIENT,
    "42": Category.CONFIGURATION,
    "42501": Category.PERMANENT,
    "53": Category.TRANSIENT,
    "55P03": Category.TRANSIENT,
    "57": Category.TRANSIENT,
    "57014": Category.PERMANENT,
}
# MySQL and MariaDB: error numbers of the server and of the client library.
MYSQL: Final[Mapping[int, Category]] = {
    **dict.fromkeys((1044, 1045, 1142, 1143, 1227, 1698), Category.PERMANENT),
    **dict.fromkeys((1049, 1054, 1064, 1146), Category.CONFIGURATION),
    **dict.fromkeys((1040, 1053, 1203, 1205, 1213, 2002, 2003, 2006, 2013, 2055), Category.TRANSIENT),
}
_MYSQL_DRIVERS: Final = frozenset({"pymysql", "MySQLdb", "mysql"})
# SQLite's primary result codes: ERROR, PERM, BUSY, LOCKED, IOERR, CANTOPEN, AUTH, NOTADB.
SQLITE: Final[Mapping[int, Category]] = {
    1: Category.CONFIGURATION,
    3: Category.PERMANENT,
    5: Category.TRANSIENT,
    6: Category.TRANSIENT,
    10: Category.TRANSIENT,
    14: Category.PERMANENT,
    23: Category.PERMANENT,
    26: Category.CONFIGURATION,
}


def sql_category(error: BaseException) -> Category | None:
    """What the code of a database driver's error says: PERMANENT for one that no table has; None without a code."""
    if isinstance(error, sql.DBAPIError):
        if error.connection_invalidated:
            return Category.TRANSIENT
        return sql_category(error.orig) if error.orig is not None else None
    if isinstance(code := getattr(error, "sqlite_errorcode", None), int):
        return SQLITE.get(code & 0xFF, Category.PERMANENT)
    number = error.args[0] if error.args else None
    is_mysql = type(error).__module__.partition(".")[0] in _MYSQL_DRIVERS
    # MySQL's own number says more than its SQLSTATE, which is HY000 for a lock that is waited for in vain.
    if is_mysql and isinstance(number, int) and number in MYSQL:
        return MYSQL[number]
    for name in ("sqlstate", "pgcode"):
        if isinstance(state := getattr(error, name, None), str):
            return SQLSTATES.get(state) or SQLSTATES.get(state[:2], Category.PERMANENT)
    return Category.PERMANENT if is_mysql and isinstance(number, int) else None
