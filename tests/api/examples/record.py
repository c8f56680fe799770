from release import BuildRequest, build_bundle, check_range, open_project, record_on

project = open_project()
with record_on() as record:
    checked = check_range(project, "005", record=record)
    built = build_bundle(project, BuildRequest("1.2.0", record=record))
print([each.revision for each in checked if each.stops], built.outcome)
