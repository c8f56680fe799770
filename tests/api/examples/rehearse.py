from release import RehearsalRequest, Status, open_project, rehearse_bundle

rehearsal = rehearse_bundle(open_project(), "1.0.0", RehearsalRequest(rows=10), say=print)
for step in rehearsal.steps:
    print(step.name, step.status, step.summary)
    if step.status is Status.FAILED:
        print(*step.problems, sep="\n")
print("passed" if rehearsal.passed else "failed", "on PostgreSQL", rehearsal.server)
