"""What CAPA decides, by what people do: team, containment, investigation, cause, plan, work, effect, report, money, closing."""
