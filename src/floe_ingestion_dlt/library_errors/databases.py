"""The codes of database drivers' errors, and their categories."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import sqlalchemy.exc as sql

from floe_ingestion_dlt.domain.database_sessions import Limit
from floe_ingestion_dlt.domain.faults import Category

# SQLSTATE: the entry of a whole code takes precedence over that of its class. https://www.postgresql.org/docs/current/errcodes-appendix.html
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
_MYSQL_DENIED: Final = (1044, 1045, 1142, 1143, 1227, 1698)
# What is wrong with the statement: an unknown column, table or function, an ambiguous column, a column twice, the syntax, a wrong use of
# groups, another number of columns or parameters, a table of a query without a name.
_MYSQL_STATEMENT: Final = (
    1052,
    1054,
    1055,
    1060,
    1064,
    1109,
    1111,
    1140,
    1146,
    1149,
    1222,
    1241,
    1248,
    1305,
    1582,
    4161,
)
_SQLITE_STATEMENT: Final = 1
_STATES_OF_STATEMENT: Final = ("42", "3F")
MYSQL: Final[Mapping[int, Category]] = {
    **dict.fromkeys(_MYSQL_DENIED, Category.PERMANENT),
    **dict.fromkeys((1049, *_MYSQL_STATEMENT), Category.CONFIGURATION),
    **dict.fromkeys((1040, 1053, 1203, 1205, 1213, 2002, 2003, 2006, 2013, 2055), Category.TRANSIENT),
}
_SQLITE_DENIED: Final = frozenset({3, 14, 23})
_STATES_DENIED: Final = ("28", "42501")
MYSQL_DRIVERS: Final = frozenset({"pymysql", "MySQLdb", "mysql"})
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

# The limits of the session that end a statement, by the same codes.
_LIMITS: Final[Mapping[str, Limit]] = {
    "55P03": Limit.LOCK,
    "57014": Limit.STATEMENT,
    "25006": Limit.READ_ONLY,
    # ODBC: the driver's own limit of time
    "HYT00": Limit.STATEMENT,
}
_MYSQL_LIMITS: Final[Mapping[int, Limit]] = {
    1205: Limit.LOCK,
    1969: Limit.STATEMENT,
    3024: Limit.STATEMENT,
    1792: Limit.READ_ONLY,
}
_SQLITE_LIMITS: Final[Mapping[int, Limit]] = {
    5: Limit.LOCK,
    6: Limit.LOCK,
    8: Limit.READ_ONLY,
    9: Limit.STATEMENT,
}
_ORACLE_LIMITS: Final[Mapping[int, Limit]] = {1013: Limit.STATEMENT, 1456: Limit.READ_ONLY}
_MSSQL_LIMITS: Final[Mapping[int, Limit]] = {1222: Limit.LOCK}


def sql_code(error: BaseException) -> str | None:
    """The code of a database driver's error, with the kind of code; None if it has none."""
    if isinstance(error, sql.DBAPIError):
        return sql_code(error.orig) if error.orig is not None else None
    if isinstance(number := getattr(error, "sqlite_errorcode", None), int):
        return f"SQLite error {number & 0xFF}"
    if (number := _number(error)) is not None:
        return f"error {number}"
    state = _state(error) or _odbc_state(error)
    return None if state is None else f"SQLSTATE {state}"


def limit_of(error: BaseException) -> Limit | None:
    """The limit of the session that was reached, by the code of a database driver's error."""
    if isinstance(error, sql.DBAPIError):
        return limit_of(error.orig) if error.orig is not None else None
    if isinstance(code := getattr(error, "sqlite_errorcode", None), int):
        return _SQLITE_LIMITS.get(code & 0xFF)
    if (number := _number(error)) is not None:
        known = {"oracledb": _ORACLE_LIMITS, "pymssql": _MSSQL_LIMITS}
        return known.get(_driver(error), _MYSQL_LIMITS).get(number)
    return _LIMITS.get(_state(error) or _odbc_state(error) or "")


def _driver(error: BaseException) -> str:
    return type(error).__module__.partition(".")[0]


def _number(error: BaseException) -> int | None:
    """The server's error number, for drivers that put it before the message."""
    first = error.args[0] if error.args else None
    if _driver(error) == "oracledb":
        first = getattr(first, "code", None)
    is_numbered = _driver(error) in {*MYSQL_DRIVERS, "oracledb", "pymssql"}
    return first if is_numbered and isinstance(first, int) else None


def _state(error: BaseException) -> str | None:
    """The SQLSTATE of an error."""
    found = (getattr(error, "sqlstate", None), getattr(error, "pgcode", None))
    return next((state for state in found if isinstance(state, str)), None)


def _odbc_state(error: BaseException) -> str | None:
    """The code that pyodbc has instead: the same for many errors of the server, so it does not decide the category."""
    first = error.args[0] if error.args and _driver(error) == "pyodbc" else None
    return first if isinstance(first, str) else None


def sql_category(error: BaseException) -> Category | None:
    """The category of a database driver's error by its code: PERMANENT for an unknown code, None without a code."""
    if isinstance(error, sql.DBAPIError):
        if error.connection_invalidated:
            return Category.TRANSIENT
        return sql_category(error.orig) if error.orig is not None else None
    if isinstance(code := getattr(error, "sqlite_errorcode", None), int):
        return SQLITE.get(code & 0xFF, Category.PERMANENT)
    number = _number(error) if _driver(error) in MYSQL_DRIVERS else None
    # MySQL's own number is more precise than its SQLSTATE, which is HY000 for a lock timeout.
    if number is not None and number in MYSQL:
        return MYSQL[number]
    if (state := _state(error)) is not None:
        return SQLSTATES.get(state) or SQLSTATES.get(state[:2], Category.PERMANENT)
    return Category.PERMANENT if number is not None else None


def is_of_statement(error: BaseException) -> bool:
    """Whether the database does not understand the statement, or does not know a name in it, by the driver's code or type."""
    if not isinstance(error, sql.DBAPIError) or error.orig is None or error.connection_invalidated:
        return False
    inner = error.orig
    if isinstance(code := getattr(inner, "sqlite_errorcode", None), int):
        return code & 0xFF == _SQLITE_STATEMENT
    if (number := _number(inner)) is not None and _driver(inner) in MYSQL_DRIVERS:
        return number in _MYSQL_STATEMENT
    if (state := _state(inner)) is not None:
        return state.startswith(_STATES_OF_STATEMENT) and state not in _STATES_DENIED
    return isinstance(error, sql.ProgrammingError)


def may_be_denied(error: sql.DBAPIError) -> bool:
    """Whether credentials or grants can be the cause, by the driver's code; without a code, if the error is not one of data."""
    inner = error.orig
    if inner is None:
        return False
    if isinstance(code := getattr(inner, "sqlite_errorcode", None), int):
        return code & 0xFF in _SQLITE_DENIED
    if (number := _number(inner)) is not None and _driver(inner) in MYSQL_DRIVERS:
        return number in _MYSQL_DENIED
    if (state := _state(inner)) is not None:
        return state.startswith(_STATES_DENIED)
    return not isinstance(error, sql.DataError | sql.IntegrityError | sql.NotSupportedError)
