"""Epoch keys: how long they live, and what ends them."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.privacy.keys import EPOCH_SECONDS, KeyFolderError, KeyRing, boot_time
from tests.privacy.clocks import HOUR, NOON, Clocks


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "keys"


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("epoch-*"))


def secrets(ring: KeyRing) -> list[tuple[int, bytes, bytes]]:
    return [(e.number, e.pseudonym_key, e.seal_key) for e in ring.live()]


@pytest.fixture
def ring(folder: Path, clocks: Clocks) -> Iterator[KeyRing]:
    with clocks.ring(folder) as ring:
        yield ring


def run_a_day(clocks: Clocks, ring: KeyRing) -> None:
    for _ in range(13):
        clocks.true += 2 * HOUR
        ring.expire()


def test_the_epoch_is_the_wall_clock_in_steps_of_two_hours(ring: KeyRing, clocks: Clocks) -> None:
    """Numbers are those that the design names."""
    assert ring.current().number == NOON // 7200
    clocks.true += 2 * HOUR - 1
    assert ring.current().number == NOON // 7200
    clocks.true += 1
    assert ring.current().number == NOON // 7200 + 1


def test_keys_of_two_epochs_have_nothing_in_common(ring: KeyRing, clocks: Clocks) -> None:
    """Every epoch brings 64 fresh random bytes."""
    run_a_day(clocks, ring)
    keys = [key for _, *pair in secrets(ring) for key in pair]
    assert len(set(keys)) == 26
    assert {len(key) for key in keys} == {32}


def test_a_key_is_for_its_owner_alone(ring: KeyRing, folder: Path) -> None:
    """Folder 0700, file 0600."""
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [path.stat().st_mode & 0o777 for path in files(folder)] == [0o600]


def test_an_open_folder_is_closed_to_others(folder: Path, clocks: Clocks) -> None:
    """A folder that others could read is closed before a key goes into it."""
    folder.mkdir(mode=0o755)
    with clocks.ring(folder):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_a_key_shows_in_no_repr(ring: KeyRing) -> None:
    """Neither ring nor epoch can put a key into a traceback or a log."""
    epoch = ring.current()
    assert repr(epoch) == f"Epoch(number={epoch.number})"
    assert epoch.seal_key.hex() not in repr(ring)


def test_a_restart_finds_the_same_keys(folder: Path, clocks: Clocks) -> None:
    """A dialogue goes on after a restart."""
    with clocks.ring(folder) as ring:
        run_a_day(clocks, ring)
        before = secrets(ring)
    with clocks.ring(folder) as ring:
        assert secrets(ring) == before
        assert not ring.reset


def test_expired_files_are_overwritten_and_unlinked(
    folder: Path, clocks: Clocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is left of a key on the disk is zeros."""
    left: list[bytes] = []
    unlink = Path.unlink

    def look(path: Path, missing_ok: bool = False) -> None:
        left.append(path.read_bytes())
        unlink(path, missing_ok=missing_ok)

    with clocks.ring(folder) as ring:
        monkeypatch.setattr(Path, "unlink", look)
        oldest = files(folder)[0]
        run_a_day(clocks, ring)
        assert not oldest.exists()
    assert left == [bytes(80)]


def test_expired_keys_die_first_at_start(
    folder: Path, clocks: Clocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are gone before any key file is opened for reading."""
    with clocks.ring(folder):
        [old] = files(folder)
    clocks.true += 26 * HOUR
    read = Path.read_bytes

    def reading(path: Path) -> bytes:
        assert not old.exists()
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", reading)
    with clocks.ring(folder) as ring:
        assert not old.exists()
        assert not ring.reset
        assert len(ring.live()) == 1


def test_a_missing_folder_is_told(folder: Path, clocks: Clocks) -> None:
    """The store has to empty itself when the keys are gone."""
    with clocks.ring(folder) as ring:
        assert (ring.reset, ring.why) == (True, "missing")


def test_an_empty_folder_is_told(folder: Path, clocks: Clocks) -> None:
    """A RAM disk after a restart is a folder without keys."""
    with clocks.ring(folder):
        pass
    for path in files(folder):
        path.unlink()
    with clocks.ring(folder) as ring:
        assert (ring.reset, ring.why) == (True, "missing")


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:-1],
        lambda data: data + b"\0",
        lambda data: bytes([data[0] ^ 1]) + data[1:],
        lambda data: data[:-1] + bytes([data[-1] ^ 128]),
    ],
    ids=["empty", "cut", "longer", "key flipped", "check flipped"],
)
def test_a_damaged_file_ends_every_key(folder: Path, clocks: Clocks, damage: object) -> None:
    """When in doubt all keys are destroyed, and the ring says so."""
    with clocks.ring(folder) as ring:
        clocks.true += 2 * HOUR
        before = secrets(ring)
    path = files(folder)[0]
    path.write_bytes(damage(path.read_bytes()))  # type: ignore[operator]
    with clocks.ring(folder) as ring:
        assert (ring.reset, ring.why) == (True, "damaged")
        assert not set(before) & set(secrets(ring))
        assert len(files(folder)) == 1


def test_a_renamed_file_counts_as_damaged(folder: Path, clocks: Clocks) -> None:
    """A key cannot be given a longer life by renaming its file."""
    with clocks.ring(folder) as ring:
        number = ring.current().number
    files(folder)[0].rename(folder / f"epoch-{number - 1}.key")
    with clocks.ring(folder) as ring:
        assert ring.why == "damaged"


def test_a_half_made_key_is_destroyed_without_a_word(folder: Path, clocks: Clocks) -> None:
    """A crash while a key was being written costs no dialogue: no row can be under it."""
    with clocks.ring(folder) as ring:
        number = ring.current().number
    (folder / f"epoch-{number + 1}.key.new").write_bytes(b"half")
    with clocks.ring(folder) as ring:
        assert not ring.reset
        assert len(files(folder)) == 1


def test_other_files_in_the_folder_stay(folder: Path, clocks: Clocks) -> None:
    """Only files with our names are ours to destroy."""
    folder.mkdir()
    (folder / "lost+found").write_text("x")
    with clocks.ring(folder) as ring:
        run_a_day(clocks, ring)
    assert (folder / "lost+found").exists()


def test_two_processes_cannot_share_a_folder(folder: Path, clocks: Clocks) -> None:
    """The second is told what to do, and the first keeps its keys."""
    with clocks.ring(folder) as ring:
        with pytest.raises(KeyFolderError, match="another process uses this key folder"):
            clocks.ring(folder)
        assert len(files(folder)) == len(ring.live())


def test_a_file_in_place_of_the_folder_is_explained(folder: Path, clocks: Clocks) -> None:
    """The error names the folder and the setting."""
    folder.write_text("")
    with pytest.raises(KeyFolderError, match="LUCHT_KEYS"):
        clocks.ring(folder)


def test_a_folder_that_vanishes_while_running_costs_no_turn(
    folder: Path, clocks: Clocks, capfd: pytest.CaptureFixture[str]
) -> None:
    """The next key lives in memory alone, and the operator is told."""
    with clocks.ring(folder) as ring:
        first = ring.current()
        folder.rename(folder.with_name("elsewhere"))
        clocks.true += 2 * HOUR
        assert ring.current().number == first.number + 1
        assert ring.live()[1] == first
    assert '"key_not_kept"' in capfd.readouterr().err


def test_a_file_that_resists_is_tried_again(
    ring: KeyRing,
    folder: Path,
    clocks: Clocks,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """The key is out of memory at once, and off the disk as soon as the disk allows."""
    oldest = files(folder)[0]

    def refuse(path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, "no")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        run_a_day(clocks, ring)
        assert oldest.exists()
    assert '"key_not_destroyed"' in capfd.readouterr().err
    assert len(ring.live()) == 13
    ring.expire()
    assert not oldest.exists()


def test_a_start_with_the_clock_set_back_ends_every_key(folder: Path, clocks: Clocks) -> None:
    """A key from the future has an age that nobody knows."""
    with clocks.ring(folder):
        pass
    clocks.shift -= 24 * HOUR
    with clocks.ring(folder) as ring:
        assert (ring.reset, ring.why) == (True, "clock")
        assert len(files(folder)) == 1


class Lifetimes(RuleBasedStateMachine):
    """Any order of time, jumps of the wall clock, turns and restarts.

    `true` is the time that really passed. While the ring runs no jump may change anything. A start
    after a jump may destroy too early; after a step back that stays within the newest epoch, which
    nobody can notice, the keys live longer by that step and no more.
    """

    @initialize()
    def start(self) -> None:
        self.home = tempfile.TemporaryDirectory()
        self.folder = Path(self.home.name) / "keys"
        self.clocks = Clocks()
        self.ring = self.clocks.ring(self.folder)
        # By key: after the clock was set back, a number may come a second time.
        self.written: dict[bytes, tuple[float, float]] = {}
        self.shift_at_start = self.clocks.shift
        self.unnoticed = 0.0
        self.numbers = [0]

    def teardown(self) -> None:
        self.ring.close()
        self.home.cleanup()

    @rule(seconds=st.one_of(st.floats(0, 3 * HOUR), st.floats(0, 30 * HOUR)))
    def time_passes(self, seconds: float) -> None:
        self.clocks.true += seconds

    @rule(exactly=st.integers(1, 14))
    def whole_epochs_pass(self, exactly: int) -> None:
        """Go to the exact edge of an epoch of the running ring."""
        self.clocks.true += self.ring.seconds_left() + (exactly - 1) * EPOCH_SECONDS

    @rule(
        seconds=st.sampled_from([365 * 24 * HOUR, -24 * HOUR, HOUR, -HOUR]) | st.floats(-1e8, 1e8)
    )
    def the_wall_clock_jumps(self, seconds: float) -> None:
        self.clocks.shift += seconds

    @rule()
    def somebody_takes_a_turn(self) -> None:
        epoch = self.ring.current()
        first, _ = self.written.get(epoch.seal_key, (self.clocks.true, 0.0))
        self.written[epoch.seal_key] = (first, self.clocks.true)
        self.numbers.append(epoch.number)

    @rule()
    def the_periodic_task_runs(self) -> None:
        self.ring.expire()
        assert {path.name for path in files(self.folder)} == {
            f"epoch-{epoch.number}.key" for epoch in self.ring.live()
        }

    @rule(off=st.floats(0, 30 * HOUR))
    def the_process_restarts(self, off: float) -> None:
        self.ring.close()
        self.clocks.true += off
        self.ring = self.clocks.ring(self.folder)
        jump = self.clocks.shift - self.shift_at_start
        self.shift_at_start = self.clocks.shift
        assert jump < 0 or not self.ring.reset
        if jump:
            self.unnoticed += max(0.0, -jump)
            self.written = {key: (first, -1e12) for key, (first, _) in self.written.items()}
            self.numbers = [0]

    def opens(self, key: bytes) -> bool:
        return key in [live.seal_key for live in self.ring.live()]

    @invariant()
    def a_day_and_at_most_two_hours_more(self) -> None:
        for key, (first, last) in self.written.items():
            if self.clocks.true - last < 24 * HOUR - 1:
                assert self.opens(key)
            if self.clocks.true - first > 26 * HOUR + self.unnoticed + 1:
                assert not self.opens(key)

    @invariant()
    def numbers_never_go_back(self) -> None:
        assert self.numbers == sorted(self.numbers)


TestLifetimes = Lifetimes.TestCase
TestLifetimes.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


def test_the_boot_clock_counts_sleep() -> None:
    """The default clock is the one that goes on while the machine sleeps."""
    assert boot_time() == pytest.approx(time.clock_gettime(time.CLOCK_BOOTTIME), abs=60)
