# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""All findings of one decree, in the order of its text."""

from __future__ import annotations

from collections.abc import Sequence

from knowledge.checking import alone, beside
from knowledge.checking.finding import Finding
from knowledge.checking.place import Printed
from knowledge.model import Decree


def check(decree: Decree, lines: Sequence[str]) -> list[Finding]:
    """What looks wrong in `decree`, whose text has these `lines`; without them line numbers are only near."""
    printed = Printed(decree, lines)
    found = [finding for service in decree.services() for finding in alone.findings(printed, service)]
    found += beside.findings(printed)
    return sorted(dict.fromkeys(found), key=lambda finding: (finding.line, finding.kind))
