"""`/metrics`: who may read it, what it says, and that it can be switched off."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from asgi import Answered, ask
from bench import Bench, gateway, virtual
from prometheus_client.parser import text_string_to_metric_families
from rest_world import FakePasswords

from otppi.app.sign_in import SignIn
from otppi.app.v1.desks import desks
from otppi.intake.rest.assembly import rest_app
from otppi.intake.rest.settings import RestSettings
from otppi.ports.store import Account

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from otppi.intake.rest.asgi import App


@asynccontextmanager
async def served(folder: Path, *rights: str, **settings: str) -> AsyncIterator[tuple[Bench, App]]:
    named = {name.replace("_", "."): value for name, value in settings.items()}
    async with gateway(folder, settings=named) as bench:
        account = Account("user", "hash", rights=frozenset(rights))
        sign_in = SignIn(lambda name: account if name == "user" else None, FakePasswords())
        yield bench, rest_app(bench.app.gateway, sign_in, RestSettings, desks(bench.app))


def names(answer: Answered) -> set[str]:
    return {family.name for family in text_string_to_metric_families(answer.body.decode())}


@virtual
async def test_an_account_with_the_right_modems_reads_the_counts(tmp_path: Path) -> None:
    async with served(tmp_path, "modems") as (_, door):
        answer = await ask(door, "/metrics")
        assert (answer.status, answer.headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
        assert {"otppi_modem_state", "otppi_outbox_messages", "otppi_http_requests"} <= names(answer)
        again = (await ask(door, "/metrics")).body.decode()
        assert 'otppi_http_requests_total{path="/metrics",status="200"} 1' in again


@virtual
async def test_nobody_else_does(tmp_path: Path) -> None:
    async with served(tmp_path, "otp", "sms") as (_, door):
        assert (await ask(door, "/metrics", authorization="")).status == 401
        refused = await ask(door, "/metrics")
        assert (refused.status, refused.json()["code"]) == (403, "1106")
        assert refused.json()["detail"] == "not permitted: the account has no right modems"


@virtual
async def test_the_owner_may_open_it_to_all_and_shut_it_again(tmp_path: Path) -> None:
    async with served(tmp_path, metrics_open="true") as (bench, door):
        assert (await ask(door, "/metrics", authorization="")).status == 200
        assert (await ask(door, "/v1/account", authorization="")).status == 401
        await bench.configure("metrics.open", "false")
        assert (await ask(door, "/metrics", authorization="")).status == 401


@virtual
async def test_switched_off_it_is_not_there(tmp_path: Path) -> None:
    async with served(tmp_path, "modems", metrics_enabled="false") as (_, door):
        assert (await ask(door, "/metrics")).status == 404
