# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The officers' desk in a Telegram group with topics: one topic a case, for cases from every channel.

What happened since the last look goes into a case's topic as one message, so that the platform's limit of twenty a
minute in a group holds however much is said. Whoever is in the group is an officer; what tells of officers themselves
is not shown there, for it is their superiors' (at the web desk).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update
from telegram import BotCommand, BotCommandScopeChat, InlineKeyboardButton, InlineKeyboardMarkup, Message, Update
from telegram.error import BadRequest, Forbidden, RetryAfter

from bot import mailbox, media, rendering
from bot.intake import Media
from bot.media import BadAttachment
from bot.outbox import Letter
from bot.pacing import Pacing
from bot.tables import topic
from bot.telegram import Telegram, shrugged
from bot.whatsapp import WINDOW
from handlers import casework
from handlers.casework import Done
from handlers.desk import hours_of
from handlers.messages import Channel, Incoming
from handlers.replies import day_and_time
from handlers.ticket_replies import CLASSES, NAMES, zone
from knowledge.model import AgencyId
from tickets import store
from tickets.model import CITIZEN, CLOSED, SYSTEM, Attachment, Class, Identity, Status, Step, Ticket
from tickets.steps import Hours, Refused, Stale

log = logging.getLogger("tanya.forum")

REPEATS = 3
"""Tries of a step whose ticket another changes between reading and writing it."""

LOOK = 3.0
"""Seconds between two looks at what is new."""

TEXT, NAME = 4000, 128

COMMANDS = {
    "ambil": "tangani kasus ini",
    "jawab": "jawab pelapor: /jawab teks",
    "kelas": "klasifikasi: /kelas ringan|normatif|tidak_berkadar|berkadar [alasan]",
    "tunda": "tanya pelapor, waktu berhenti: /tunda pertanyaan",
    "lanjut": "lanjutkan tanpa menunggu pelapor: /lanjut keterangan",
    "selesai": "akhiri percakapan, atau nyatakan selesai",
    "alih": "alihkan ke bagian lain: /alih nama bagian",
    "catat": "catatan untuk kantor: /catat teks",
}


@dataclass(frozen=True)
class Wish:
    """What an officer wrote or tapped in a case's topic: `verb` is a command's name, empty for words alone."""

    key: str
    thread: int
    by: str
    verb: str
    text: str
    at: datetime
    file: Media | None = None


def wish(message: Update, chat: str) -> Wish | None:
    """What an update in the officers' group asks for; None where it is none, or of another chat."""
    query = message.callback_query
    if query is not None and query.message is not None:
        where = query.message
        thread = getattr(where, "message_thread_id", None)
        if str(where.chat.id) != chat or thread is None:
            return None
        verb, _, rest = (query.data or "").partition(" ")
        return Wish(f"tap {query.id}", thread, query.from_user.full_name, verb, rest, where.date)
    said = message.message
    if said is None or str(said.chat.id) != chat or said.message_thread_id is None or said.from_user is None:
        return None
    text = said.text or said.caption or ""
    file = _file(said)
    if not (text or file) or said.from_user.is_bot:
        return None
    verb = ""
    if text.startswith("/"):
        verb, _, text = text[1:].partition(" ")
        verb = verb.partition("@")[0].lower()
    key = f"{said.chat.id} {said.message_id}"
    return Wish(key, said.message_thread_id, said.from_user.full_name, verb, text.strip(), said.date, file)


def _file(said: Message) -> Media | None:
    if said.photo:
        return Media(said.photo[-1].file_id, "foto.jpg")
    return Media(said.document.file_id, said.document.file_name or "") if said.document else None


class Alerts:
    """Reminders and alarms of the desk as letters into the group, outside all topics."""

    def __init__(self, line: Telegram, chat: str) -> None:
        self._line = line
        self._chat = chat

    async def send(self, letter: Letter, part: int) -> tuple[str, bool]:
        return await self._line.send(replace(letter, recipient=self._chat), part)

    def closed(self, letter: Letter, now: datetime) -> bool:
        return False

    async def knock(self, letter: Letter) -> bool:
        return False


class Forum:
    """One office's group; `ring` tells those who deliver, `clock` gives aware times."""

    def __init__(
        self,
        engine: Engine,
        line: Telegram,
        folder: Path,
        chat: str,
        agency: AgencyId | None,
        hours: Mapping[AgencyId, Hours],
        pacing: Pacing,
        ring: Callable[[], None],
        clock: Callable[[], datetime],
    ) -> None:
        self._engine = engine
        self._line = line
        self._bot = line.bot
        self._folder = folder
        self.chat = chat
        self._agency = agency
        self._hours = hours
        self._pacing = pacing
        self._ring = ring
        self._clock = clock

    async def run(self) -> None:
        """Show what is new until cancelled; a group that cannot be reached is tried again."""
        while True:
            try:
                await self._show()
            except RetryAfter as error:
                after = error.retry_after
                await asyncio.sleep(after.total_seconds() if isinstance(after, timedelta) else float(after))
            except Exception as error:
                log.warning("the officers' group could not be brought up to date: %s", type(error).__name__)
            await asyncio.sleep(LOOK)

    # What officers do

    async def take(self, wish: Wish) -> None:
        """Carry out a wish once, and say in the topic why not where it cannot be; raises what the database raises."""
        try:
            kept = await self._kept(wish)
            refusal = await asyncio.to_thread(self._carry_out, wish, kept)
        except BadAttachment as bad:
            refusal = str(bad)
        if refusal:
            await self._say(wish.thread, refusal)
        else:
            self._ring()

    async def _kept(self, wish: Wish) -> Attachment | None:
        """The file of an officer who is talking; what others put into a topic stays where it is."""
        if wish.file is None or wish.verb or not await asyncio.to_thread(self._talks, wish):
            return None
        content = await self._line.fetch(wish.file)
        return await asyncio.to_thread(media.keep, self._folder, wish.file.name, content)

    def _talks(self, wish: Wish) -> bool:
        with self._engine.connect() as connection:
            ticket = self._case(connection, wish)
        return ticket is not None and ticket.talking and ticket.officer == wish.by

    def _case(self, connection: Connection, wish: Wish) -> Ticket | None:
        of = select(topic.c.number).where(topic.c.chat == self.chat, topic.c.thread == wish.thread)
        number = connection.execute(of).scalar()
        return store.find(connection, number) if number else None

    def _carry_out(self, wish: Wish, kept: Attachment | None) -> str:
        """Why it was not carried out, "" where it was; what the sweep wrote at the same moment is no reason."""
        refusal = ""
        for _ in range(REPEATS):
            try:
                self._carried_out(wish, kept)
                return ""
            except Stale as stale:
                refusal = str(stale)
            except Refused as refused:
                return str(refused)
        return refusal

    def _carried_out(self, wish: Wish, kept: Attachment | None) -> None:
        now = self._clock()
        with self._engine.begin() as connection:
            ticket = self._case(connection, wish)
            # The same update may come twice: its row in the inbox is there once.
            noted = Incoming(Channel.MEJA, f"{self.chat}:{wish.thread}", wish.key, self._agency, "", wish.at)
            if ticket is None or not mailbox.accept_done(connection, noted, now):
                return
            if done := self._done(ticket, wish, now, kept):
                mailbox.carry_out(connection, done, now)

    def _done(self, ticket: Ticket, wish: Wish, now: datetime, kept: Attachment | None) -> Done | None:
        """What a command means for this case; words alone are for the citizen only while its officer talks."""
        hours, by, text = self._of(ticket), wish.by, wish.text
        match wish.verb:
            case "":
                theirs = ticket.talking and ticket.officer == by and (text or kept)
                return casework.say(ticket, text, by, now, kept) if theirs else None
            case "ambil":
                return casework.take(ticket, by, now, hours)
            case "jawab" if ticket.talking:
                return casework.say(ticket, text, by, now)
            case "jawab":
                return casework.answer(ticket, text, by, now, hours)
            case "kelas":
                name, _, why = text.partition(" ")
                if name.lower() not in set(Class):
                    raise Refused(f"Klasifikasinya satu dari: {', '.join(Class)}.")
                return casework.classify(ticket, Class(name.lower()), by, now, hours, why.strip())
            case "tunda":
                return casework.ask(ticket, text, by, now, hours)
            case "lanjut":
                return casework.resume(ticket, text, by, now, hours)
            case "selesai" if ticket.talking:
                return casework.end(ticket, by, now)
            case "selesai":
                return casework.settle(ticket, by, now)
            case "alih":
                return casework.transfer(ticket, text, by, now)
            case "catat":
                return casework.remark(ticket, text, by, now)
        raise Refused(f"Perintah /{wish.verb} tidak dikenal. Yang ada: {', '.join(f'/{name}' for name in COMMANDS)}.")

    def _of(self, ticket: Ticket) -> Hours:
        return hours_of(self._hours, ticket.agency)

    # What officers see

    async def _show(self) -> None:
        for ticket, shown in await asyncio.to_thread(self._behind):
            if self._pacing.wait(Channel.MEJA, self._agency, self.chat) > 0:
                return  # what is left goes with the next looks, several events in one message
            await self._bring_up_to_date(ticket, shown)

    def _behind(self) -> list[tuple[Ticket, Any]]:
        """The cases whose topic does not show all yet, those that are late first."""
        with self._engine.connect() as connection:
            topics = {row.number: row for row in connection.execute(select(topic).where(topic.c.chat == self.chat))}
            open_ones = store.of_agency(connection, self._agency)
            known = {ticket.number for ticket in open_ones}
            ended = [n for n, row in topics.items() if row.open and n not in known]
            closed = [ticket for number in ended if (ticket := store.find(connection, number))]
        behind = [
            (t, topics.get(t.number))
            for t in (*open_ones, *closed)
            if not t.about_staff and (t.number not in topics or _shown(topics[t.number]) != _size(t) or t in closed)
        ]
        return sorted(behind, key=lambda pair: pair[0].due or pair[0].received)

    async def _bring_up_to_date(self, ticket: Ticket, known: Any) -> None:
        thread = known.thread if known else await self._open_topic(ticket)
        if known and not known.open and ticket.status not in CLOSED:
            await self._shrugged(self._bot.reopen_forum_topic(int(self.chat), thread))
        wrote = await asyncio.to_thread(self._wrote, ticket)
        text = digest(ticket, _shown(known) if known else (0, 0), self._of(ticket), wrote, self._clock())
        await self._say(thread, text, buttons(ticket))
        if ticket.status in CLOSED:
            await self._shrugged(self._bot.close_forum_topic(int(self.chat), thread))
        await asyncio.to_thread(self._note_shown, ticket)

    async def _open_topic(self, ticket: Ticket) -> int:
        """A new topic, remembered at once: a restart does not open another for the same case."""
        name = rendering.shortened(f"{ticket.number} {' '.join(ticket.text.split()) or NAMES[ticket.kind]}", NAME)
        made = await self._bot.create_forum_topic(int(self.chat), name)
        row = {
            "number": ticket.number,
            "chat": self.chat,
            "thread": made.message_thread_id,
            "open": True,
            "history": 0,
            "notes": 0,
        }
        await asyncio.to_thread(self._write, insert(topic).values(row))
        return made.message_thread_id

    def _note_shown(self, ticket: Ticket) -> None:
        history, notes = _size(ticket)
        changed = {"history": history, "notes": notes, "open": ticket.status not in CLOSED}
        self._write(update(topic).where(topic.c.number == ticket.number).values(changed))

    def _write(self, statement: Any) -> None:
        with self._engine.begin() as connection:
            connection.execute(statement)

    def _wrote(self, ticket: Ticket) -> datetime | None:
        """When the citizen last wrote on WhatsApp, where answers are free for a day after."""
        if ticket.channel != Channel.WHATSAPP or not ticket.sender:
            return None
        with self._engine.connect() as connection:
            return mailbox.wrote_at(connection, ticket.channel, ticket.sender)

    async def _say(self, thread: int, text: str, choices: Sequence[tuple[str, str]] = ()) -> None:
        rows = [[InlineKeyboardButton(label, callback_data=data)] for label, data in choices]
        keyboard = InlineKeyboardMarkup(rows) if rows else None
        await self._bot.send_message(int(self.chat), text, message_thread_id=thread, reply_markup=keyboard)

    async def _shrugged(self, call: Any) -> None:
        """Opening and closing topics is tidiness: a group that forbids it still gets its messages."""
        try:
            await call
        except (BadRequest, Forbidden) as error:
            log.info("left out: %s", type(error).__name__)

    async def introduce(self) -> None:
        """Say in the group's own words what it can do; nothing hangs on it."""
        commands = [BotCommand(name, text) for name, text in COMMANDS.items()]
        await shrugged(self._bot.set_my_commands(commands, scope=BotCommandScopeChat(int(self.chat))))


def _size(ticket: Ticket) -> tuple[int, int]:
    return len(ticket.history), len(ticket.notes)


def _shown(known: Any) -> tuple[int, int]:
    return known.history, known.notes


def buttons(ticket: Ticket) -> list[tuple[str, str]]:
    """What can be tapped in a case's topic, as label and command."""
    if ticket.talking:
        return [("Selesai", "selesai")]
    if ticket.status in CLOSED:
        return []
    offered = [] if ticket.status in (Status.DIPROSES, Status.DIJAWAB) else [("Ambil", "ambil")]
    if ticket.cls is None and ticket.promises and len(ticket.promises.by_class) > 1:
        offered += [(CLASSES[cls].removeprefix("pengaduan ").capitalize(), f"kelas {cls}") for cls in Class]
    return offered


def digest(ticket: Ticket, shown: tuple[int, int], hours: Hours, wrote: datetime | None, now: datetime) -> str:
    """What happened after the first `shown` entries and notes, as one message; never the citizen's number."""
    here = hours.calendar.zone
    lines = [] if any(shown) else [_head(ticket), f"“{ticket.text}”" if ticket.text else "(tanpa kata)"]
    happened = [(entry.at, _told(entry.step, entry.by, entry.why, ticket)) for entry in ticket.history[shown[0] :]]
    happened += [(note.received, f"Pelapor: {note.text or '(lampiran)'}") for note in ticket.notes[shown[1] :]]
    happened.sort(key=lambda pair: pair[0])
    lines += [text for _, text in happened if text]
    attached = len(ticket.attachments) + sum(len(note.attachments) for note in ticket.notes)
    if attached:
        lines.append(f"Lampiran: {attached} berkas, lihat di /meja.")
    if ticket.due:
        due = ticket.due.astimezone(here)
        lines.append(f"Jatuh tempo {day_and_time(due)} {zone(due)}" + (" – TERLAMBAT" if ticket.due < now else ""))
    if wrote and ticket.status not in CLOSED:
        until = (wrote + WINDOW).astimezone(here)
        remaining = int((wrote + WINDOW - now).total_seconds() // 3600)
        window = f"sisa {remaining} jam, sampai {day_and_time(until)}" if until > now else "tertutup, jawaban menunggu"
        lines.append(f"Jendela WhatsApp: {window}")
    return rendering.shortened("\n".join(lines) or str(ticket.status), TEXT)


def _head(ticket: Ticket) -> str:
    parts = [f"{NAMES[ticket.kind]} {ticket.number}, lewat {ticket.channel}"]
    if ticket.identity is Identity.RAHASIA:
        parts.append("identitas rahasia")
    return ", ".join(filter(None, (*parts, ticket.unit)))


def _told(step: Step, by: str, why: str, ticket: Ticket) -> str:
    if step is Step.TERIMA:
        return ""
    who = {CITIZEN: "Pelapor", SYSTEM: "Sistem"}.get(by, by)
    if step is Step.JAWAB:
        return f"{who} menjawab: {ticket.answer}"
    if step is Step.PESAN:
        return f"{who}: {why}"
    return f"{who}: {step}" + (f" ({why})" if why else "")
