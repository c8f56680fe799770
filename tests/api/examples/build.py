from release import BuildOutcome, BuildRequest, Choice, build_bundle, open_project

lint = Choice(select=("RL", "PG00"))  # rules of our own, and what PostgreSQL cannot parse; not sqlfluff and squawk
request = BuildRequest("1.2.0", title="Search, checks and indexes without downtime", lint=lint)
built = build_bundle(open_project(), request)
if built.outcome is BuildOutcome.REFUSED:
    assert built.report is not None
    print(*built.report.findings, sep="\n")
else:
    print(built.folder, built.outcome, built.release.digest)
