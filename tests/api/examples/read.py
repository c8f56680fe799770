from release import list_bundles, open_project, read_bundle

bundle = read_bundle("scripts/1.2.0")
print(bundle.manifest.title, bundle.start, bundle.end, "edited" if bundle.edited else "as it was built")
for statement in bundle.manifest.statements("upgrade"):
    print(statement.revision, statement.file, statement.line, statement.digest)

newest = list_bundles(open_project())[-1]
print(newest.version, newest.manifest.plan)
