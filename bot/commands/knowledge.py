# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Standards: import, check, diff, revoke, export, show."""

from __future__ import annotations

import json
from argparse import Namespace
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import yaml
from rich.markup import escape
from rich.table import Column, Table

from bot.app import KNOWLEDGE, App, clock
from bot.commands import BadArguments, out
from knowledge import adopting, cards, checking, differing, export, loader
from knowledge.checking import Finding, Review, Reviews, Severity, Verdict
from knowledge.model import DECREE_COMPONENTS, AgencyId, Decree, ServiceId
from knowledge.reading import BadDecree, read_decree

COLOURS = {Severity.PENTING: "red", Severity.PERIKSA: "yellow", Severity.RINGAN: "dim"}
SIGNS = {differing.ADDED: "green", differing.REMOVED: "red"}


def import_file(app: App, options: Namespace) -> int:
    """Make a decree's text the office's own standards; with --to only the YAML is written, there."""
    text, agency = _text(options.file), AgencyId(options.agency)
    decree = read_decree(text, agency)
    services = len(list(decree.services()))
    if options.to:
        loader.save(decree, options.to)
        out.print(f"{options.to.name}: {services} layanan dari {decree.title}.", markup=False)
        return 0
    home = app.settings.home
    adopted = adopting.adopt(decree, app.catalogue, app.book)
    loader.save(decree, home / "standards" / f"{agency}.yaml")
    (home / "decrees").mkdir(parents=True, exist_ok=True)
    (home / "decrees" / f"{agency}.md").write_text(text, "utf-8")
    adopting.save(adopted, home / "phrases", agency)
    out.print(f"{services} layanan dari {decree.title} sudah dibaca.", markup=False, soft_wrap=True)
    for line in adopted.told:
        out.print(f"  {line}", markup=False)
    found = [f for f in checking.check(decree, text.splitlines()) if f.severity is not Severity.RINGAN]
    out.print(f"{len(found)} hal perlu dilihat: tanya knowledge check --agency {agency}", markup=False)
    out.print("Agar dapat ditanyakan: tanya index build", markup=False)
    return 0


def check(app: App, options: Namespace) -> int:
    """Show what looks wrong and is not yet reviewed; with --pastikan or --abaikan, remember what was decided."""
    own = app.settings.home / "reviewed.yaml"
    reviews = Reviews.read(KNOWLEDGE / "reviewed.yaml", own)
    agencies = [AgencyId(options.agency)] if options.agency else app.catalogue.agencies
    found = [f for a in agencies for f in checking.check(app.catalogue.decree(a), app.text_of(a))]
    decided = dict.fromkeys(options.pastikan, Verdict.DIPASTIKAN) | dict.fromkeys(options.abaikan, Verdict.DIABAIKAN)
    if decided:
        return _review(found, decided, own)
    verdicts = {f: verdict_on(app, f, reviews) for f in found}
    shown = [f for f in found if options.semua or verdicts[f] is None]
    for finding in shown:
        _print(finding, verdicts[finding])
    _count(found, verdicts)
    if shown:
        out.print(
            "Sudah dilihat? Kodenya memastikan salah cetak (--pastikan KODE) atau mengabaikan temuan (--abaikan KODE);"
            " catatan di bawah kartu ditulis di corrections.yaml.",
            style="dim",
        )
    return 0


def verdict_on(app: App, finding: Finding, reviews: Reviews) -> Verdict | None:
    """What was decided; a correction for what is printed there decides too."""
    if finding.service and finding.component:
        known = app.catalogue.corrections_for(finding.service, finding.component)
        printed = finding.printed.lower()
        if printed and any(c.printed.lower() in printed or printed in c.printed.lower() for c in known):
            return Verdict.DIBETULKAN
    return reviews.verdict(finding)


def _review(found: Sequence[Finding], decided: dict[str, Verdict], path: Path) -> int:
    by_id = {finding.id: finding for finding in found}
    if unknown := sorted(set(decided) - set(by_id)):
        raise BadArguments(f"Kode tidak ada dalam temuan: {', '.join(unknown)}. Lihat: tanya knowledge check --semua")
    known = dict(Reviews.read(path).by_id)
    known |= {id: Review(id=id, verdict=verdict, printed=by_id[id].printed) for id, verdict in decided.items()}
    Reviews(known.values()).save(path)
    out.print(f"{len(decided)} temuan dicatat di {path.name}.")
    return 0


def _print(finding: Finding, verdict: Verdict | None) -> None:
    where = " ".join(filter(None, (finding.service or finding.agency, finding.component)))
    colour = "dim" if verdict else COLOURS[finding.severity]
    state = f" ({verdict})" if verdict else ""
    out.print(
        f"[{colour}]{finding.severity.upper()}[/] [bold]{where}[/] {finding.kind}{state}"
        f" [dim]{finding.agency}.md baris {finding.line}, kode {finding.id}[/]",
        soft_wrap=True,
    )
    if finding.printed:
        out.print(f"  tercetak: {escape(finding.printed)}", soft_wrap=True)
    out.print(f"  {escape(finding.says)}", soft_wrap=True)


def _count(found: Sequence[Finding], verdicts: dict[Finding, Verdict | None]) -> None:
    if not found:
        out.print("Tidak ada yang janggal.")
        return
    table = Table("temuan", *(Column(name, no_wrap=True) for name in ("baru", *Verdict, "semua")))
    for kind, total in Counter(finding.kind for finding in found).most_common():
        counted = Counter(verdicts[finding] for finding in found if finding.kind is kind)
        table.add_row(kind.value, *(str(counted[v] or "") for v in (None, *Verdict)), str(total))
    counted = Counter(verdicts.values())
    table.add_section()
    table.add_row("semua", *(str(counted[v]) for v in (None, *Verdict)), str(len(found)))
    out.print(table)


def diff(app: App, options: Namespace) -> int:
    """Say what a new version changes, service by service and component by component."""
    old, new = _version(app, options.old, options), _version(app, options.new, options)
    changes = differing.diff(old, new)
    out.print(f"Lama: {old.title}\nBaru: {new.title}", markup=False)
    for change in changes:
        where = " > ".join(filter(None, (change.service, change.title, change.component)))
        out.print(f"\n[bold]{escape(where)}[/] {change.kind}")
        for sign, text in change.lines:
            out.print(f"  {sign} {text}", style=SIGNS[sign], markup=False, soft_wrap=True)
    out.print(f"\n{len(changes)} perubahan." if changes else "\nTidak ada perubahan.")
    return 0


def _version(app: App, name: str, options: Namespace) -> Decree:
    """A decree in use by its office's id, a YAML standard, or a decree's text."""
    path = Path(name)
    if name in app.catalogue.agencies:
        return app.catalogue.decree(AgencyId(name))
    if path.suffix in (".yaml", ".yml"):
        return loader.read_standard(path)
    agency = options.agency or next((a for a in (options.old, options.new) if a in app.catalogue.agencies), None)
    if agency is None:
        raise BadArguments(f"{path.name} adalah naskah: sebutkan kantornya dengan --agency.")
    return read_decree(_text(path), AgencyId(agency))


def revoke(app: App, options: Namespace) -> int:
    """Stop answering from an office's decree, from a day on, or take that back."""
    title = app.catalogue.decree(AgencyId(options.agency)).title
    path = app.settings.home / "validity.yaml"
    known = yaml.safe_load(path.read_text("utf-8")) or {} if path.exists() else {}
    if options.batal:
        known.pop(options.agency, None)
        said = f"{title} berlaku kembali."
    else:
        since = options.sejak or clock().date()
        known[options.agency] = {"dicabut": since, "oleh": options.oleh}
        said = f"Mulai {since:%d-%m-%Y} tidak ada lagi jawaban dari {title}."
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(known, allow_unicode=True), "utf-8")
    out.print(said, markup=False, soft_wrap=True)
    return 0


def day(text: str) -> date:
    """A date as typed, for the parser; raises ValueError."""
    return date.fromisoformat(text)


def export_all(app: App, options: Namespace) -> int:
    print(json.dumps(export.export(app.catalogue, app.settings.agency), ensure_ascii=False, indent=1))
    return 0


def show(app: App, options: Namespace) -> int:
    service = ServiceId(options.service)
    if service not in {known.id for known in app.catalogue.services(None)}:
        raise BadArguments(f"Layanan '{service}' tidak ada. Contoh: melawi-1-3.")
    for component in DECREE_COMPONENTS:
        shown = cards.card(app.catalogue, service, component, clock().date())
        out.print(f"\n{shown.heading}", style="bold")
        for line in shown.lines:
            text = f"{'   ' * line.level}{line.marker} {line.text}".strip()
            out.print(text, markup=False, style="bold" if line.bold else "")
        for note in shown.notes:
            out.print(f"Catatan: {note}", style="yellow", markup=False)
    out.print(f"\n{shown.source}", style="dim", markup=False)
    return 0


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise BadDecree(f"{path.name} bukan berkas teks UTF-8. Ubah dahulu PDF atau gambar menjadi teks.") from None
    except IsADirectoryError:
        raise BadDecree(f"{path.name} adalah folder, bukan berkas.") from None
