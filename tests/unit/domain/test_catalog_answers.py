"""What the answers of a catalog may set, whatever else they say."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from returns.result import Failure, Success

from floe_ingestion_dlt.domain import catalog_properties as known
from floe_ingestion_dlt.domain.addresses import origin_of
from floe_ingestion_dlt.domain.catalog_answers import (
    AllowedProperties,
    Part,
    PropertyRefused,
    checked_answer,
    refused_of_table,
)

OURS = {"uri": "https://lake.example/api", "token": "ours"}
OF_ACCOUNT = "adls.sas-token.acct.dfs.core.windows.net"
names = st.sampled_from(
    sorted(
        {
            *known.STORAGE,
            *known.CATALOG,
            *known.SAME_ORIGIN,
            *known.CODE,
            *known.LOGIN,
            "auth",
            "auth.type",
            "ssl",
            "header.Host",
            "buffer-size",
            "snapshot-loading-mode",
            OF_ACCOUNT,
        }
    )
) | st.text(st.sampled_from("abc.-_ AB1é\x00"), max_size=20)
values = (
    st.text(max_size=30)
    | st.none()
    | st.integers()
    | st.booleans()
    | st.dictionaries(st.text(max_size=3), st.text(max_size=3))
    | st.sampled_from(
        [
            "https://lake.example/x",
            "https://evil.example",
            "os.system",
            "true",
            "pyiceberg.io.fsspec.FsspecFileIO",
        ]
    )
)
answers = st.dictionaries(names, values, max_size=5)
parts = st.sampled_from([Part.CATALOG, Part.TABLE])


def taken(answer: dict[str, object], part: Part = Part.CATALOG, **ours: object) -> dict[str, str]:
    return dict(checked_answer(answer, OURS | ours, part).unwrap().properties)


def refused(answer: dict[str, object], part: Part = Part.CATALOG, **ours: object) -> PropertyRefused:
    return checked_answer(answer, OURS | ours, part).failure()


class TestAnyAnswer:
    @given(answers, parts)
    def test_what_is_taken_over_is_known_data(self, answer: dict[str, object], part: Part) -> None:
        read = checked_answer(answer, OURS, part)
        data = {*known.STORAGE, *known.CATALOG, *known.SAME_ORIGIN}
        for name, value in read.value_or(AllowedProperties({})).properties.items():
            assert name in data or known.OF_ACCOUNTS.fullmatch(name)
            assert value
            if name in known.SAME_ORIGIN:
                assert origin_of(OURS["uri"]) == origin_of(value)
            if name == known.FILE_IO:
                assert value.startswith("pyiceberg.io.")

    @given(answers, parts)
    def test_nothing_that_names_code_or_logs_in_is_taken_over(
        self, answer: dict[str, object], part: Part
    ) -> None:
        read = checked_answer(answer, OURS, part).value_or(AllowedProperties({})).properties
        assert not (known.CODE - {known.FILE_IO} | known.LOGIN | {"auth", "ssl", "token"}) & set(read)

    @given(answers, parts, st.data())
    def test_ours_holds_for_all_that_is_more_than_data(
        self, answer: dict[str, object], part: Part, data: st.DataObject
    ) -> None:
        guarded = sorted(set(answer) - set(known.STORAGE) - set(known.CATALOG) - {OF_ACCOUNT})
        mine = dict.fromkeys(data.draw(st.sets(st.sampled_from(guarded))) if guarded else (), "mine") | OURS
        read = checked_answer(answer, mine, part).value_or(AllowedProperties({})).properties
        assert not set(read) & set(mine) - {"uri"}

    @given(answers, parts)
    def test_a_refusal_says_what_and_why(self, answer: dict[str, object], part: Part) -> None:
        read = checked_answer(answer, OURS, part)
        if isinstance(read, Failure):
            fault = read.failure()
            assert fault.name
            assert fault.value.isprintable()
            assert fault.reason
            assert part is fault.part


class TestNames:
    @pytest.mark.parametrize(
        "name",
        [
            "py-io-impl",
            "py-catalog-impl",
            "s3.retry-strategy-impl",
            "write.py-location-provider.impl",
            "io-impl",
            "rest.client.impl",
            "kms-impl",
            "a_impl",
        ],
    )
    def test_code_is_refused(self, name: str) -> None:
        assert "it names code that would run here" == refused({name: "os.system"}).reason

    @pytest.mark.parametrize("name", ["io-impl", "metrics-reporter-impl", "client.factory-impl"])
    def test_classes_of_java_are_for_others(self, name: str) -> None:
        assert {} == taken({name: "org.apache.iceberg.aws.s3.S3FileIO"})

    def test_a_class_of_java_is_none_where_python_reads_it(self) -> None:
        assert refused({"s3.retry-strategy-impl": "org.apache.iceberg.Retries"})

    @pytest.mark.parametrize("io", ["pyarrow.PyArrowFileIO", "fsspec.FsspecFileIO"])
    def test_a_catalog_may_choose_between_pyicebergs_two(self, io: str) -> None:
        assert {"py-io-impl": f"pyiceberg.io.{io}"} == taken({"py-io-impl": f"pyiceberg.io.{io}"}, Part.TABLE)
        assert refused({"py-io-impl": f"pyiceberg.io.{io}s"})
        assert {} == taken({"py-io-impl": f"pyiceberg.io.{io}"}, Part.TABLE, **{"py-io-impl": "mine.IO"})

    def test_a_token_of_a_table_is_not_needed(self) -> None:
        assert {} == taken({"token": "theirs"}, Part.TABLE)
        assert {} == taken({"token": "theirs"})  # ours is set
        assert isinstance(checked_answer({"token": "theirs"}, {"uri": OURS["uri"]}, Part.CATALOG), Failure)

    def test_what_only_the_catalog_says_of_itself_no_table_says(self) -> None:
        said = {"prefix": "x", "warehouse": "s3://lake"}
        assert said == taken(dict(said))
        assert {} == taken(dict(said), Part.TABLE)

    def test_keys_that_are_vended_go_before_ours(self) -> None:
        vended = {"s3.access-key-id": "theirs", "s3.session-token": "theirs"}
        assert vended == taken(dict(vended), Part.TABLE, **{"s3.access-key-id": "ours"})

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("s3.region", "eu.evil.example/"),
            ("s3.endpoint", "file:///etc"),
            ("s3.endpoint", "http://a@b"),
            ("s3.signer", "os.system"),
            ("adls.account-name", "evil.example/x"),
            ("gcs.oauth2.token", "/home/ann/key.json"),
            ("gcs.oauth2.token", "google_default"),
            ("s3.session-token", "a\r\nX: b"),
            ("s3.session-token", {"a": "b"}),
            ("rest-page-size", "-1"),
        ],
    )
    def test_a_value_that_data_cannot_have_is_refused(self, name: str, value: object) -> None:
        assert "it cannot have that value" == refused({name: value}).reason
        assert {} == taken({name: value}, Part.CATALOG, **{name: "ours"})

    def test_values_of_secrets_are_hidden(self) -> None:
        assert "'***'" == refused({"credential": "id:hush"}).value
        assert "'***'" == refused({"s3.session-token": "hush\n"}).value


class TestHosts:
    @pytest.mark.parametrize("host", sorted(known.BEARERS))
    def test_a_host_of_the_catalogs_choice_gets_the_catalogs_own_token_alone(self, host: str) -> None:
        token = {"adls": "adls.sas-token.acct", "gcs": "gcs.oauth2.token"}[host.partition(".")[0]]
        value = "https://theirs.example"
        vended = {host: value, token: "x" * 30}
        assert vended == taken(dict(vended), Part.TABLE)
        assert refused({host: value}, Part.TABLE)
        assert refused(dict(vended), Part.TABLE, **{token: "ours"})
        assert {} == taken({host: value}, Part.TABLE, **{host: value})
        before = checked_answer({host: value}, OURS, Part.TABLE, before={token: "x" * 30})
        assert Success(AllowedProperties({host: value})) == before

    def test_ours_stays_and_theirs_is_reported(self) -> None:
        ours = OURS | {"s3.endpoint": "http://ours:9000"}
        read = checked_answer({"s3.endpoint": "http://theirs:9000"}, ours, Part.TABLE).unwrap()
        assert ({}, {"s3.endpoint": "'http://theirs:9000'"}) == (read.properties, read.other_hosts)
        same = checked_answer({"s3.endpoint": "http://ours:9000/"}, ours, Part.TABLE).unwrap()
        assert {} == same.other_hosts


class TestTables:
    @given(st.dictionaries(names, values.map(str), max_size=5))
    def test_only_code_of_python_is_refused(self, properties: dict[str, str]) -> None:
        found = refused_of_table(properties, OURS)
        if found is not None:
            assert re.search("py|impl", found.name)

    @pytest.mark.parametrize("name", sorted(known.CODE))
    def test_code_is_refused_unless_ours_is_the_same(self, name: str) -> None:
        assert refused_of_table({name: "mine.Thing"}, OURS) is not None
        assert refused_of_table({name: "mine.Thing"}, OURS | {name: "other.Thing"}) is not None
        assert refused_of_table({name: "mine.Thing"}, OURS | {name: "mine.Thing"}) is None

    def test_what_is_for_other_engines_is_left_alone(self) -> None:
        theirs = {"write.location-provider.impl": "com.example.Places", "uri": "x", "auth": "y", "token": "z"}
        assert refused_of_table(theirs, OURS) is None
