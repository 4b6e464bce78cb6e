"""What goes with a report to those who check it: tables, plans, logs, checklists and a statement of assurance."""
