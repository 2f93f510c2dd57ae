# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""What is missing, contradictory or misprinted in a decree, found without being told where to look."""

from knowledge.checking.finding import Finding, Kind, Severity
from knowledge.checking.report import check
from knowledge.checking.reviewed import BadReview, Review, Reviews, Verdict

__all__ = ["BadReview", "Finding", "Kind", "Review", "Reviews", "Severity", "Verdict", "check"]
