from release import apply_files

applied = apply_files(["scripts/1.0.0/upgrade.sql"], "dbname=arxos_db", {"lock_timeout": "30s"})
for execution in applied.executions:
    if execution.error:
        print(f"{execution.file}:{execution.line}: {execution.error.sqlstate} {execution.error.message}")
print(applied.status, applied.messages)
