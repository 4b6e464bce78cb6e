-- The kinds of event the table holds.
select distinct cast(kind as text) as kind from events where kind is not null order by kind
