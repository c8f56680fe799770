from pathlib import Path

from release import Choice, Severity, lint_bundle, lint_files, lint_range, open_project

project = open_project()
choice = Choice(select=("RL2",), ignore=("RL205",), fail_on=Severity.WARNING)

of_a_bundle = lint_bundle(project, "1.2.0", choice)
of_a_range = lint_range(project, "005", "heads", choice)
of_files = lint_files([Path("scripts/1.2.0/verify.sql")], choice)
for report in (of_a_bundle, of_a_range, of_files):
    for finding in report.findings:
        print(finding.code, finding.severity, finding.source, finding.message)
    print("failed" if report.failed else "fine")
