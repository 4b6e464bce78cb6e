-- Nobody is known to have been in custody.
select person_id, starts_on as away_from, ends_on as away_to from series where starts_on > ends_on
