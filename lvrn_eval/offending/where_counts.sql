-- These people's events of the wanted kinds: all, those that meet the rule, and those of which it cannot be said.
select
    count(*) as of_kinds,
    count(case when $rule then 1 end) as met,
    count(case when ($rule) is null then 1 end) as undecided
from events
inner join windows on events.person_id = windows.person_id
where $wanted
