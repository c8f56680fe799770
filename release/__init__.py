"""Offline SQL release scripts for DBA-reviewed releases of PostgreSQL/PostGIS databases managed with Alembic.

The names below are the Python API (docs/api.md); all others may change from one version to the next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from release.api import (
        Applied,
        BuildOutcome,
        BuildRequest,
        Built,
        Bundle,
        Checked,
        CheckOutcome,
        Choice,
        Execution,
        Finding,
        Manifest,
        Message,
        Project,
        Rehearsal,
        RehearsalRequest,
        RehearsalStep,
        Release,
        ReleaseError,
        Report,
        Severity,
        Status,
        Verdict,
        apply_files,
        build_bundle,
        check_range,
        lint_bundle,
        lint_files,
        lint_range,
        list_bundles,
        open_project,
        plan_range,
        read_bundle,
        record_on,
        rehearse_bundle,
    )

__all__ = [
    "Applied",
    "BuildOutcome",
    "BuildRequest",
    "Built",
    "Bundle",
    "CheckOutcome",
    "Checked",
    "Choice",
    "Execution",
    "Finding",
    "Manifest",
    "Message",
    "Project",
    "Rehearsal",
    "RehearsalRequest",
    "RehearsalStep",
    "Release",
    "ReleaseError",
    "Report",
    "Severity",
    "Status",
    "Verdict",
    "__version__",
    "apply_files",
    "build_bundle",
    "check_range",
    "lint_bundle",
    "lint_files",
    "lint_range",
    "list_bundles",
    "open_project",
    "plan_range",
    "read_bundle",
    "record_on",
    "rehearse_bundle",
]

if not TYPE_CHECKING:  # a type checker would believe every name

    def __getattr__(name: str) -> Any:
        """Find a name of the API when it is asked for: the command would wait for all of it."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from release import api

        return getattr(api, name)
