# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The platforms: what is connected and what to do next; messages that no one could handle."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Iterator

import aiohttp
from rich.markup import escape
from rich.table import Table
from sqlalchemy import func, select
from telegram import Bot
from telegram.error import TelegramError

from bot import lines, mailbox, telegram
from bot.app import App
from bot.commands import BadArguments, out
from bot.delivery import DeliveryFailed
from bot.lines import Account, Number
from bot.tables import State, meter, outbox
from bot.whatsapp import WhatsApp

GOOD, BAD, NEXT = "[green]✓[/]", "[red]✗[/]", "[yellow]→[/]"


def check(app: App, options: Namespace) -> int:
    """Say of each channel what is set, reached and verified, and what to do next."""
    connected = lines.read(app.settings, app.catalogue.agencies)
    fine = True
    if not connected.numbers:
        out.print(f"{NEXT} WhatsApp belum disambungkan. Panduannya: docs/menyambungkan-whatsapp.md")
    for number in connected.numbers:
        fine &= asyncio.run(_whatsapp(app, number))
    if not connected.accounts:
        out.print(f"{NEXT} Telegram belum disambungkan. Panduannya: docs/menyambungkan-telegram.md")
    for account in connected.accounts:
        fine &= asyncio.run(_telegram(app, account))
    for line in _traffic(app):
        out.print(line)
    return 0 if fine else 1


def parked(app: App, options: Namespace) -> int:
    with app.engine.connect() as connection:
        rows = mailbox.parked(connection)
    if not rows:
        out.print("Tidak ada pesan yang gagal ditangani.")
        return 0
    table = Table("id", "saluran", "kantor", "diterima")
    for row in rows:
        table.add_row(str(row.id), row.channel, row.agency or "", f"{row.received_at:%d-%m-%Y %H.%M} UTC")
    out.print(table)
    out.print("Setelah penyebabnya diperbaiki: tanya channels replay ID")
    return 0


def replay(app: App, options: Namespace) -> int:
    with app.engine.begin() as connection:
        if not mailbox.replay(connection, options.id):
            raise BadArguments(f"Pesan {options.id} tidak ada di antara yang gagal. Lihat: tanya channels parked")
    out.print(f"Pesan {options.id} akan ditangani lagi.")
    return 0


async def _whatsapp(app: App, number: Number) -> bool:
    name = f"WhatsApp {number.agency or 'semua kantor'}"
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15)) as session:
        try:
            known = await WhatsApp(number, session, app.settings.media).check()
        except DeliveryFailed as failed:
            out.print(f"{BAD} {name}: {_why(failed.code)}", markup=True)
            return False
    out.print(f"{GOOD} {name}: {known.get('display_phone_number', number.phone_id)} {known.get('verified_name', '')}")
    fine = True
    if not app.settings.public_url:
        out.print(
            f"{NEXT} Isi TANYA_PUBLIC_URL dengan alamat https server ini, agar WhatsApp dapat mengirim pesan ke sini."
        )
        fine = False
    else:
        out.print(f"{NEXT} Di halaman Webhook isi {app.settings.public_url}/whatsapp, lalu langgan “messages”.")
    if not number.template:
        out.print(f"{NEXT} Tanpa TANYA_WHATSAPP_TEMPLATE, jawaban setelah 24 jam menunggu sampai warga menulis lagi.")
    return fine


async def _telegram(app: App, account: Account) -> bool:
    name = f"Telegram {account.agency or 'semua kantor'}"
    bot = telegram.bot(account)
    try:
        await bot.initialize()
        me = await bot.get_me()
        hook = await bot.get_webhook_info()
        desk = await _desk(bot, app.settings.telegram_desk)
    except Exception as error:
        out.print(f"{BAD} {name}: {telegram.why(error)}")
        return False
    finally:
        await bot.shutdown()
    out.print(f"{GOOD} {name}: @{me.username}")
    if app.settings.public_url:
        out.print(f"{NEXT} Pesan dikirim Telegram ke {app.settings.public_url}/telegram (port 443, 80, 88, atau 8443).")
    elif hook.url:
        out.print(f"{NEXT} Webhook lama masih terpasang; tanya serve melepaskannya sendiri.")
    else:
        out.print(
            f"{NEXT} Tanpa alamat publik, pesan diambil sendiri oleh tanya serve. Tidak ada lagi yang perlu diatur."
        )
    if desk:
        out.print(desk, markup=True)
    return not desk.startswith(BAD)


async def _desk(bot: Bot, chat: str) -> str:
    """Whether the officers' group can be worked in; empty where there is none."""
    if not chat:
        return ""
    try:
        group, member = await bot.get_chat(int(chat)), await bot.get_chat_member(int(chat), bot.id)
    except TelegramError:
        return f"{BAD} Grup petugas {chat} tidak ditemukan. Masukkan bot ke grup, lalu periksa TANYA_TELEGRAM_DESK."
    if not group.is_forum:
        return f"{BAD} Grup petugas belum memakai Topik. Nyalakan di setelan grup."
    if not getattr(member, "can_manage_topics", False):
        return f"{BAD} Bot belum boleh mengelola topik. Jadikan admin grup dengan izin itu."
    return f"{GOOD} Grup petugas: {escape(group.title or chat)}"


def _why(code: str) -> str:
    return {
        "190": "token kedaluwarsa atau salah. Buat token baru untuk System User, lalu isi TANYA_WHATSAPP_TOKEN.",
        "100": "nomor id telepon salah. Salin Phone number ID dari halaman API Setup.",
        "unreachable": "server WhatsApp tidak terjangkau. Periksa internet server ini.",
    }.get(code, f"ditolak ({code}). Periksa token dan Phone number ID.")


def _traffic(app: App) -> Iterator[str]:
    """How many messages wait or failed, and what was billed."""
    with app.engine.connect() as connection:
        states = select(outbox.c.channel, outbox.c.state, func.count()).group_by(outbox.c.channel, outbox.c.state)
        counts = {(channel, state): count for channel, state, count in connection.execute(states)}
        billed = connection.execute(select(meter).order_by(meter.c.month, meter.c.category)).all()
    said = {
        State.HELD: "menunggu warga menulis lagi",
        State.FAILED: "tidak dapat dikirim",
        State.UNCERTAIN: "belum pasti terkirim",
    }
    for (channel, state), count in sorted(counts.items()):
        if state in said:
            yield f"{NEXT} {channel}: {count} pesan {said[state]}."
    for row in billed:
        price = "berbayar" if row.billed else "gratis"
        yield f"{row.month} {row.channel} {row.category}: {row.messages} pesan {price}."
