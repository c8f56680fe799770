from release import open_project, plan_range

planned = plan_range(open_project(), start="005")
for segment in planned.upgrade.segments:
    print(segment.number, "in a transaction" if segment.transactional else "outside any", segment.reason)
    for statement in segment.statements:
        for effect in statement.facts.effects:
            print(f"  {statement.source}: {statement.facts.tag} takes {effect.lock} on {effect.relation}")
