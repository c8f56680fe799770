from release import ReleaseError, open_project, plan_range

try:
    plan_range(open_project(), start="no such revision")
except ReleaseError as error:
    print(type(error).__name__, error.exit_code)
    print(error.message)
    print(error.hint)
