from __future__ import annotations

import base64
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.redaction import HIDDEN, KnownSecrets, redacted

SECRET = "s3cr3t/With+odd=signs"
PLAIN = "Zq7vL2mX9tR4wK8b"

# Texts as libraries have them, each with the place of a credential.
TEXTS = [
    "could not connect to postgresql://shop:{}@db:5432/shop",
    "Error at amqp://{}@host/x",
    "GET https://api.example/v1?api_key={} failed",
    "HTTPSConnectionPool(host='h', port=443): Max retries exceeded with url: /v1/x?page=2&sig={} (Caused by X)",
    '"GET /items?token={} HTTP/1.1" 200 2',
    "DefaultEndpointsProtocol=https;AccountName=a;AccountKey={};EndpointSuffix=core.windows.net",
    "host=db user=shop password={} dbname=shop",
    "Driver=x;Server=y;Uid=shop;Pwd={};",
    "Authorization: Bearer {}",
    "Authorization: Basic {}",
    "{{'Authorization': 'Bearer {}', 'Accept': '*/*'}}",
    "[('X-Api-Key', '{}')]",
    "(b'Authorization', b'Token {}')",
    '{{"client_secret": "{}", "grant_type": "client_credentials"}}',
    '{{"s3.secret-access-key":"{}"}}',
    "s3.session-token={}",
    "X-Amz-Security-Token: {}",
    "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/2026/us/s3, SignedHeaders=host, Signature={}",
    "clientSecret => {}",
    "refresh_token='{}'",
    "Set-Cookie: session={}; Path=/",
    "the header said bearer {}",
    "Authorization: SSWS {}",
    "<SecretAccessKey>{}</SecretAccessKey><Expiration>2026</Expiration>",
    "<wsse:Password Type='text'>{}</wsse:Password>",
    "Ocp-Apim-Subscription-Key: {}",
    "password={},and;more)of]it",
]


class TestRedacted:
    @pytest.mark.parametrize("text", TEXTS)
    def test_what_looks_like_a_credential_is_hidden_where_it_stands(self, text: str) -> None:
        shown = redacted(text.format(PLAIN))
        assert PLAIN not in shown
        assert HIDDEN in shown

    @pytest.mark.parametrize("text", TEXTS)
    @given(noise=st.text(max_size=40))
    def test_whatever_stands_before_it(self, text: str, noise: str) -> None:
        assert PLAIN not in redacted(f"{noise}\n{text.format(PLAIN)}")

    @pytest.mark.parametrize(
        "key",
        [
            "AKIAIOSFODNN7EXAMPLE",
            "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
            "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
            "xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOcHrzqqgy",
            "AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P",
            "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAKC\n-----END RSA PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----\nMIIEow\nIBAAKC",
        ],
    )
    def test_keys_that_have_a_form_of_their_own_are_hidden_anywhere(self, key: str) -> None:
        assert f"failed with {HIDDEN}" == redacted(f"failed with {key}")

    @pytest.mark.parametrize(
        "text",
        [
            "relation bronze.orders does not exist",
            "GET https://api.example/v1/orders answered 503",
            "column 'age' (int64) cannot hold 'old'",
            "could not connect to host db, port 5432",
            "2026-01-01T00:00:00+00:00: 3 of 5 files",
            "GET http://localhost:8080/users/@me answered 503",
            "check the credentials, grants and data",
            "the primary_key=id of bronze.orders",
        ],
    )
    def test_what_tells_of_the_fault_stays(self, text: str) -> None:
        assert text == redacted(text)

    @given(st.text())
    def test_what_is_clean_once_is_clean_for_good(self, text: str) -> None:
        once = redacted(text)
        assert redacted(once) == redacted(redacted(once))


class TestKnownSecrets:
    @pytest.mark.parametrize(
        "written",
        [
            str,
            quote,
            lambda secret: quote(secret, safe=""),
            quote_plus,
            json.dumps,
            repr,
            lambda secret: base64.b64encode(secret.encode()).decode(),
            lambda secret: f"glued{secret}together",
        ],
    )
    @given(secret=st.text(min_size=12, max_size=30), around=st.text(max_size=5))
    def test_are_hidden_however_they_are_written(
        self, written: Callable[[str], str], secret: str, around: str
    ) -> None:
        text = f"{around}{written(secret)}{around}"
        shown = KnownSecrets([secret]).redact(text)
        assert HIDDEN in shown
        assert secret not in shown or secret in f"{around}{HIDDEN}{around}"

    def test_a_short_one_is_hidden_where_it_stands_alone(self) -> None:
        known = KnownSecrets(["db1"])
        assert f"{HIDDEN} refused, db12 did not" == known.redact("db1 refused, db12 did not")

    def test_one_that_is_part_of_another_leaves_nothing_of_it(self) -> None:
        assert HIDDEN == KnownSecrets(["longsecret", "longsecret-more"]).redact("longsecret-more")

    @pytest.mark.parametrize("written", ["s3cr3t%2fWith%2bodd%3dsigns", "s3cr3t%252FWith%252Bodd%253Dsigns"])
    def test_are_hidden_as_other_programs_encode_them(self, written: str) -> None:
        assert f"of {HIDDEN}" == KnownSecrets([SECRET]).redact(f"of {written}")

    def test_are_hidden_in_base64_without_its_end(self) -> None:
        encoded = base64.b64encode(SECRET.encode()).decode().rstrip("=")
        assert HIDDEN == KnownSecrets([SECRET]).redact(encoded)

    def test_the_oldest_of_very_many_are_forgotten(self) -> None:
        known = KnownSecrets(f"secret-number-{number}" for number in range(600))
        assert ("secret-number-0", HIDDEN) == (
            known.redact("secret-number-0"),
            known.redact("secret-number-599"),
        )

    def test_may_be_learned_in_many_threads(self) -> None:
        known = KnownSecrets()
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda number: known.add([f"secret-number-{number}"]), range(200)))
        assert all(HIDDEN == known.redact(f"secret-number-{number}") for number in range(200))

    def test_more_can_be_learned(self) -> None:
        known = KnownSecrets([SECRET])
        known.add(["another-secret"])
        assert f"{HIDDEN} {HIDDEN}" == known.redact(f"{SECRET} another-secret")

    def test_nothing_known_changes_nothing(self) -> None:
        assert SECRET == KnownSecrets(["", "a"]).redact(SECRET)

    def test_are_not_shown(self) -> None:
        assert SECRET not in f"{KnownSecrets([SECRET])} {KnownSecrets([SECRET])!r}"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("GET http://h/v1;sid=hush/t answered 500", "GET http://h/v1;***/t answered 500"),
        ("http://h/;a=hush;b=hush: ConnectionError", "http://h/;***;*** ConnectionError"),
        ('"GET /v1;jsessionid=hush/t HTTP/1.1" 200', '"GET /v1;***/t HTTP/1.1" 200'),
        ("read /data/a.csv; then /data/b.csv", "read /data/a.csv; then /data/b.csv"),
    ],
)
def test_parameters_in_the_path_of_an_address_are_hidden(text: str, cleaned: str) -> None:
    assert cleaned == redacted(text)
