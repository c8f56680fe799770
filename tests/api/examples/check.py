from release import check_range, open_project

project = open_project("alembic.ini")
for each in check_range(project):
    for verdict in (each.upgrade, each.downgrade):
        if verdict.outcome.stops:
            print(f"{each.file}:{verdict.line}: {verdict.reason}; {verdict.remedy}")
