-- Every person once, with the pseudonym and the month of birth; a person in two rows is a fault found elsewhere.
select
    person_id as identifier,
    $pseudonym as pseudonym,
    min(birth_month) as born
from staged
where person_id is not null
group by person_id
