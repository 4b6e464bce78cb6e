-- The days on which a person's group is known anew.
select changes.person_id, changes.day, 0 as away, 0 as happened, 1 as changed
from changes
