"""`otppi.clock` on a machine whose clocks a test sets."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from otppi.clock import GatewayClock, LinuxHost
from otppi.testing.clock import FakeClock

BUILD = 1_780_000_000.0
NOW = 1_790_000_000.0


@dataclass(slots=True)
class Machine:
    """Implements `otppi.clock.Host`."""

    wall_: float = NOW
    boot_: float = 100.0
    boot_id_: str = "boot-1"
    synchronised_: bool = False

    def wall(self) -> float:
        return self.wall_

    def boot(self) -> float:
        return self.boot_

    def boot_id(self) -> str:
        return self.boot_id_

    def synchronised(self) -> bool:
        return self.synchronised_

    def pass_(self, seconds: float) -> None:
        self.wall_ += seconds
        self.boot_ += seconds


def clock(machine: Machine, newest: float = 0.0, mark: str | None = None, *, sync: bool = False) -> GatewayClock:
    return GatewayClock(newest_in_store=newest, build_time=BUILD, mark=mark, require_sync=sync, host=machine)


def test_a_good_wall_clock_is_where_time_starts() -> None:
    machine = Machine()
    time = clock(machine, newest=NOW - 50)
    assert (time.now(), time.wall(), time.trusted) == (NOW, NOW, True)


@pytest.mark.parametrize("wall", [0.0, BUILD - 1, NOW - 3])
def test_a_wall_clock_earlier_than_the_store_or_the_build_is_not_trusted(wall: float) -> None:
    time = clock(Machine(wall_=wall), newest=NOW)
    assert not time.trusted
    assert time.now() == NOW
    assert time.wall() == wall


def test_without_any_clock_time_starts_at_the_build() -> None:
    assert clock(Machine(wall_=0.0)).now() == BUILD


def test_setting_the_wall_clock_does_not_move_gateway_time() -> None:
    machine = Machine()
    time = clock(machine)
    machine.pass_(10)
    for wall in (0.0, NOW + 86_400, NOW - 86_400):
        machine.wall_ = wall
        assert time.now() == NOW + 10
        assert time.wall() == wall


def test_a_small_step_back_of_network_time_is_no_reason_for_distrust() -> None:
    machine = Machine()
    time = clock(machine)
    time.mark()
    machine.wall_ = NOW - 1.5
    trusted = [time.trusted]
    machine.wall_ = NOW - 2.5
    assert [*trusted, time.trusted] == [True, False]


def test_a_restart_in_the_same_boot_goes_on_exactly() -> None:
    machine = Machine()
    before = clock(machine)
    machine.pass_(10)
    mark = before.mark()
    machine.pass_(5)
    machine.wall_ = NOW + 90_000
    after = clock(machine, newest=NOW + 10, mark=mark)
    assert after.now() == before.now() == NOW + 15


def test_after_another_boot_time_does_not_go_back() -> None:
    machine = Machine()
    before = clock(machine)
    machine.pass_(500)
    mark = before.mark()
    reborn = Machine(wall_=NOW - 1000, boot_=3.0, boot_id_="boot-2")
    time = clock(reborn, newest=NOW + 400, mark=mark)
    assert time.now() == NOW + 500
    trusted = [time.trusted]
    reborn.wall_ = NOW + 800
    assert [*trusted, time.trusted] == [False, True]
    assert time.now() == NOW + 500


def test_a_boot_without_a_name_is_never_the_same_boot() -> None:
    mark = clock(Machine(boot_id_="")).mark()
    assert clock(Machine(boot_id_="", wall_=NOW + 50, boot_=110.0), mark=mark).now() == NOW + 50


@pytest.mark.parametrize("mark", ["", "no json", "[]", "[1]", '["boot-1", "x", 5]', "null", '["boot-1", 1, Infinity]'])
def test_a_damaged_mark_counts_as_none(mark: str) -> None:
    assert clock(Machine(), mark=mark).now() == NOW


def test_where_the_owner_asks_for_it_only_a_synchronised_clock_is_trusted() -> None:
    machine = Machine()
    time = clock(machine, sync=True)
    trusted = [time.trusted]
    machine.synchronised_ = True
    trusted.append(time.trusted)
    machine.wall_ = 0.0
    assert [*trusted, time.trusted] == [False, True, False]


def test_an_administrator_can_vouch_for_the_clock() -> None:
    time = clock(Machine(), newest=NOW + 86_400 * 3650, sync=True)
    time.declare_trusted()
    assert time.trusted


def test_this_machine_has_the_clocks() -> None:
    host = LinuxHost()
    assert host.boot() <= host.boot()
    assert host.wall() > BUILD
    assert len(host.boot_id()) == 36
    assert isinstance(host.synchronised(), bool)


def test_the_fake_clock_moves_only_when_told() -> None:
    fake = FakeClock(NOW)
    fake.advance(5)
    fake.set_wall(3.0, trusted=False)
    assert (fake.now(), fake.wall(), fake.trusted) == (NOW + 5, 3.0, False)
    with pytest.raises(ValueError, match="back"):
        fake.advance(-1)
