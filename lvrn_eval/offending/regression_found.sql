-- How many people there are, how many did not meet the rule, and how many windows were cut.
select
    count(*) as people,
    count(*) filter (where not people.met) as unmet,
    count(*) filter (where windows.window_cut) as window_cut,
    count(*) filter (where windows.earlier_cut) as earlier_cut,
    count(*) filter (where windows.after_cut) as after_cut
from people
inner join windows on people.person_id = windows.person_id
