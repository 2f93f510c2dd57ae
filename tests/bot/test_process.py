# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The worker in a process of its own: it answers, learns, and neither side is left alone by the other's death."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot import mailbox, outbox
from bot.app import LEARNED, App
from bot.process import NotStarted, WorkerProcess
from handlers.messages import Channel, Incoming
from index.build import StaleIndex
from knowledge.model import AgencyId
from tests.bot.fakes import wait_until
from tests.conftest import NOW
from tests.databases import KINDS, new_database

HELLO = Incoming(Channel.COBA, "ana", "1", AgencyId("landak"), "biaya konsultasi", NOW)


@pytest.fixture
def worker(app: App, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[WorkerProcess]:
    app.settings = replace(app.settings, database_url=new_database(getattr(request, "param", "sqlite"), tmp_path))
    app.settings.built.symlink_to(Path("data/built").absolute())
    with WorkerProcess(app.settings) as worker:
        worker.start()
        yield worker
    app.engine.dispose()


def put(app: App, *messages: Incoming) -> None:
    with app.engine.begin() as connection:
        mailbox.accept_all(connection, [(message, None) for message in messages], NOW)


def last_reply(app: App) -> str:
    with app.engine.connect() as connection:
        return outbox.sent_after(connection, Channel.COBA, "ana", 0)[-1].message.text


@pytest.mark.parametrize("worker", KINDS, indirect=True)
def test_it_answers_and_begins_anew_when_killed(app: App, worker: WorkerProcess) -> None:
    put(app, HELLO)
    assert worker.run() == 1
    assert "Biaya/Tarif" in last_reply(app)
    put(app, replace(HELLO, provider_id="2", text="kalau waktunya?"))
    os.kill(worker.pid, signal.SIGKILL)
    wait_until(lambda: worker.run() == 1)
    assert "Jangka Waktu" in last_reply(app)


def test_it_answers_what_was_learned_meanwhile(app: App, worker: WorkerProcess) -> None:
    put(app, replace(HELLO, text="kukuruyuk petok petok"))
    while worker.run():
        pass
    before = last_reply(app)
    taught = app.settings.home / LEARNED / "needs" / "diajarkan.yaml"
    taught.parent.mkdir(parents=True)
    need = app.book.need_of(next(iter(app.catalogue.services(AgencyId("landak")))).id)
    taught.write_text(f'{need}: {{pertanyaan: {{biaya: ["kukuruyuk petok petok"]}}}}', "utf-8")
    put(app, replace(HELLO, provider_id="2", text="kukuruyuk petok petok"))
    worker.run()
    assert "Biaya/Tarif" not in before
    assert "Biaya/Tarif" in last_reply(app)


def test_a_missing_index_is_said_at_the_start(app: App) -> None:
    with WorkerProcess(app.settings) as worker, pytest.raises(StaleIndex):
        worker.start()


def test_a_death_at_the_start_is_said_in_plain_words(app: App) -> None:
    with WorkerProcess(app.settings) as worker:
        os.kill(worker.pid, signal.SIGKILL)
        with pytest.raises(NotStarted, match="jalankan lagi"):
            worker.start()


def test_it_does_not_outlive_who_asks_it(app: App) -> None:
    app.settings.built.symlink_to(Path("data/built").absolute())
    script = (
        "import os, time\nfrom bot.config import Settings\nfrom bot.process import WorkerProcess\n"
        "if __name__ == '__main__':\n"
        "    worker = WorkerProcess(Settings.from_env(os.environ))\n"
        "    worker.start()\n    print(worker.pid, flush=True)\n    time.sleep(600)\n"
    )
    path = app.settings.home / "asks.py"
    path.write_text(script, "utf-8")
    environ = {**os.environ, "TANYA_HOME": str(app.settings.home), "PYTHONPATH": str(Path.cwd())}
    with subprocess.Popen([sys.executable, str(path)], env=environ, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        process.kill()
    wait_until(lambda: not _lives(pid))


def _lives(pid: int) -> bool:
    """Whether a process runs; one that ended and that nobody waited for does not."""
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
