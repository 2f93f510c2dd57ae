# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Telegram: updates become messages, messages become bubbles. python-telegram-bot's Bot and Update only."""

from __future__ import annotations

import asyncio
import html
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from telegram import (
    Bot,
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    LinkPreviewOptions,
    Message,
    Update,
)
from telegram.constants import ParseMode
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import HTTPXRequest

from bot import rendering
from bot.delivery import DeliveryFailed, Failure
from bot.intake import Media, Received
from bot.lines import Account
from bot.media import MOST_BYTES, BadAttachment
from bot.outbox import Letter
from handlers.messages import Channel, Event, Incoming, Outgoing
from handlers.replies import MENU
from knowledge.cards import Line
from knowledge.model import AgencyId
from tickets.model import Attachment

log = logging.getLogger("tanya.telegram")

TEXT, DATA, BUTTON = 4096, 64, 60
ROWS = 10
PHOTOS = ("image/jpeg", "image/png", "image/webp")
WANTED = [Update.MESSAGE, Update.EDITED_MESSAGE, Update.CALLBACK_QUERY]
POLL_SECONDS = 25
FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
"""Seconds between tries to reach the platform."""

COMMANDS = {"menu": "Daftar layanan", "pengaduan": "Sampaikan pengaduan", "petugas": "Hubungi petugas"}
"""What the menu beside the text field offers; each is the choice of the same name."""

START = "/start"


def bot(account: Account) -> Bot:
    def request() -> HTTPXRequest:
        return HTTPXRequest(connection_pool_size=64, read_timeout=POLL_SECONDS + 10)

    return Bot(
        account.token,
        base_url=f"{account.api}/bot",
        base_file_url=f"{account.api}/file/bot",
        request=request(),
        get_updates_request=request(),
    )


# In


def parse(update: Update, agency: AgencyId | None) -> Received | None:
    """A private chat's message, its edit, or a tap; None for what is not for us."""
    query = update.callback_query
    if query is not None:
        if query.message is None:
            return None
        chat, sent_at = query.message.chat, datetime.now(UTC)
        label = _label(query.message, query.data)
        return _received(f"tap {query.id}", str(chat.id), agency, label, sent_at, choice=query.data)
    message = update.message or update.edited_message
    if message is None or message.chat.type != "private":
        return None
    provider_id = f"{message.chat.id} {message.message_id}"
    if update.edited_message and message.edit_date:
        provider_id += f" {int(message.edit_date.timestamp())}"
    text, choice, media, event = _content(message)
    sent_at = (update.edited_message and message.edit_date) or message.date
    return _received(provider_id, str(message.chat.id), agency, text, sent_at, choice, media, event)


def _received(
    provider_id: str,
    sender: str,
    agency: AgencyId | None,
    text: str,
    sent_at: datetime,
    choice: str | None = None,
    media: Media | None = None,
    event: Event = Event.MESSAGE,
) -> Received:
    message = Incoming(Channel.TELEGRAM, sender, provider_id, agency, text, sent_at, choice, event=event)
    return Received(message, media)


def _content(message: Message) -> tuple[str, str | None, Media | None, Event]:
    """Text, choice, file and event; `/start melawi-1-3` of a deep link is that service's card."""
    text = message.text or message.caption or ""
    if text.startswith("/"):
        command, _, argument = text.partition(" ")
        name = command[1:].partition("@")[0]
        if command.partition("@")[0] == START and argument.strip():
            return argument, f"kartu:{argument.strip()}:ringkasan", None, Event.MESSAGE
        if name in COMMANDS or name == "start":
            return COMMANDS.get(name, MENU.label), name if name in COMMANDS else MENU.id, None, Event.MESSAGE
    if message.photo:
        return text, None, Media(message.photo[-1].file_id, "foto.jpg"), Event.MESSAGE
    for file in (message.document, message.voice, message.audio, message.video):
        if file is not None:
            return text, None, Media(file.file_id, getattr(file, "file_name", None) or ""), Event.MESSAGE
    if message.location:
        where = f"Lokasi: ({message.location.latitude}, {message.location.longitude})"
        return where, None, None, Event.MESSAGE
    if message.contact:
        return f"Kontak: {message.contact.first_name} {message.contact.phone_number}", None, None, Event.MESSAGE
    return text, None, None, Event.MESSAGE if text else Event.UNSUPPORTED


def _label(message: Any, data: str | None) -> str:
    """What stood on the button that was tapped."""
    keyboard = getattr(message, "reply_markup", None)
    rows = keyboard.inline_keyboard if isinstance(keyboard, InlineKeyboardMarkup) else ()
    return next((button.text for row in rows for button in row if button.callback_data == data), "")


# Out


def render(message: Outgoing) -> list[dict[str, Any]]:
    """The message as parameters of `sendMessage`, in order: what can be tapped is below the last."""
    parts = _parts(message)
    choices = rendering.at_most(message.choices, ROWS)
    made: list[dict[str, Any]] = [{"text": part} for part in parts]
    if choices:
        labels = rendering.unlike([choice.label for choice in choices], BUTTON)
        made[-1]["buttons"] = [(label, choice.id) for label, choice in zip(labels, choices, strict=True)]
    return [*made, {"file": message.attachment}] if message.attachment else made


def _parts(message: Outgoing) -> list[str]:
    """HTML in parts whose text, entities left out, keeps to the limit: lines are never cut inside a tag."""
    parts: list[str] = []
    plain = 0
    for line in message.lines:
        for piece in list(rendering.cut(line.text, TEXT - 200)) or [""]:
            shown = rendering.indented(line, piece)
            written = rendering.indented(line, _html(line, piece))
            if parts and plain + rendering.utf16(shown) + 1 <= TEXT:
                parts[-1] += f"\n{written}"
                plain += rendering.utf16(shown) + 1
            else:
                parts.append(written)
                plain = rendering.utf16(shown)
    return [part.strip() for part in parts if part.strip()] or ["–"]


def _html(line: Line, text: str) -> str:
    escaped = html.escape(text, quote=False)
    return f"<b>{escaped}</b>" if line.bold and text.strip() else escaped


class Telegram:
    """Sends and fetches through one office's bot."""

    def __init__(self, account: Account, bot: Bot, folder: Path) -> None:
        self.account = account
        self._folder = folder
        self.bot = bot

    async def send(self, letter: Letter, part: int) -> tuple[str, bool]:
        """Send one part; the platform's id for it, and whether it was the last. Raises DeliveryFailed."""
        parts = render(letter.message)
        wanted = parts[part]
        if attachment := wanted.get("file"):
            return await self._send_file(int(letter.recipient), attachment), True
        rows = [[InlineKeyboardButton(label, callback_data=data)] for label, data in wanted.get("buttons", ())]
        try:
            sent = await self.bot.send_message(
                chat_id=int(letter.recipient),
                text=wanted["text"],
                parse_mode=ParseMode.HTML,
                reply_markup=InlineKeyboardMarkup(rows) if rows else None,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )
        except TelegramError as error:
            raise _failed(error) from error
        return str(sent.message_id), part + 1 >= len(parts)

    async def _send_file(self, chat: int, attachment: Attachment) -> str:
        content = await asyncio.to_thread((self._folder / attachment.path).read_bytes)
        file = InputFile(content, filename=attachment.name)
        try:
            if attachment.media_type in PHOTOS:
                sent = await self.bot.send_photo(chat, file)
            else:
                sent = await self.bot.send_document(chat, file)
        except TelegramError as error:
            raise _failed(error) from error
        return str(sent.message_id)

    def closed(self, letter: Letter, now: datetime) -> bool:
        return False

    async def knock(self, letter: Letter) -> bool:
        return False

    async def fetch(self, media: Media) -> bytes:
        """A file that a person sent; raises BadAttachment where it is too large, DeliveryFailed else."""
        try:
            file = await self.bot.get_file(media.id)
            if (file.file_size or 0) > MOST_BYTES:
                raise BadAttachment("Berkas terlalu besar. Paling besar 16 MB; kirim foto yang lebih kecil.")
            return bytes(await file.download_as_bytearray())
        except BadRequest as error:
            raise BadAttachment("Berkas itu tidak dapat diambil. Mohon kirim sekali lagi.") from error
        except TelegramError as error:
            raise _failed(error) from error

    async def tapped(self, update: Update) -> None:
        """Stop the waiting sign on a button; a tap older than 150 s cannot be answered any more."""
        if update.callback_query is not None:
            await shrugged(self.bot.answer_callback_query(update.callback_query.id))

    async def introduce(self) -> None:
        """The commands beside the text field: an embellishment that not every server knows."""
        await shrugged(self.bot.set_my_commands([BotCommand(name, text) for name, text in COMMANDS.items()]))

    async def listen(self, url: str) -> None:
        """Have updates sent to `url`; returns when the platform has agreed."""
        wait = FIRST_WAIT
        while True:
            try:
                await self.bot.set_webhook(url, secret_token=self.account.secret, allowed_updates=WANTED)
            except TelegramError as error:
                log.warning("the webhook is not set yet: %s", type(error).__name__)
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT)
            else:
                return

    async def poll(self, take: Callable[[Update], Awaitable[None]]) -> None:
        """Fetch updates until cancelled; each is confirmed to the platform only when `take` has stored it."""
        await shrugged(self.bot.delete_webhook())
        offset, wait = 0, FIRST_WAIT
        while True:
            try:
                updates = await self.bot.get_updates(offset=offset, timeout=POLL_SECONDS, allowed_updates=WANTED)
                for update in updates:
                    await take(update)
                    offset = update.update_id + 1
                wait = FIRST_WAIT
            except Exception as error:  # no line, another poller, a full disk: it is fetched again later
                log.warning("polling failed: %s", type(error).__name__)
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT)


async def shrugged(call: Awaitable[Any]) -> None:
    """Do what is nice to have; a server that cannot is no reason to stop."""
    try:
        await call
    except TelegramError as error:
        log.info("left out: %s", type(error).__name__)


def why(error: Exception) -> str:
    """A sentence for the officer who connects the bot."""
    match error:
        case InvalidToken():
            return "token salah. Salin lagi dari BotFather, lalu isi TANYA_TELEGRAM_TOKEN."
        case NetworkError():
            return "server Telegram tidak terjangkau. Periksa internet server ini."
        case _:
            return f"ditolak ({type(error).__name__}). Periksa token dari BotFather."


def _failed(error: TelegramError) -> DeliveryFailed:
    match error:
        case RetryAfter():
            after = error.retry_after
            seconds = after.total_seconds() if hasattr(after, "total_seconds") else float(after)
            return DeliveryFailed(Failure.WAIT, "429", seconds)
        case Forbidden() | ChatMigrated() | BadRequest():
            return DeliveryFailed(Failure.PERMANENT, type(error).__name__)
        case InvalidToken():
            return DeliveryFailed(Failure.ALARM, "InvalidToken")
        case TimedOut():
            return DeliveryFailed(Failure.UNKNOWN, "TimedOut")
        case NetworkError():
            cause = type(error.__cause__).__name__ if error.__cause__ else "NetworkError"
            kind = Failure.WAIT if cause in ("ConnectError", "NoneType", "NetworkError") else Failure.UNKNOWN
            return DeliveryFailed(kind, cause)
        case _:
            return DeliveryFailed(Failure.WAIT, type(error).__name__)
