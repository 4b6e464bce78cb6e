# What data.table does of the bench of windows: folder, days of a window, first and last day of the records.
suppressPackageStartupMessages({library(data.table); library(jsonlite)})
given <- commandArgs(TRUE)
days <- as.integer(given[2]); first <- as.integer(given[3]); last <- as.integer(given[4])
column <- function(name) {
  path <- file.path(given[1], name)
  readBin(path, "integer", file.size(path) / 4, 4, endian = "little")
}
people <- data.table(person_id = column("people.person_id"), first_contact = column("people.first_contact"),
                     last_contact = column("people.last_contact"))
events <- data.table(person_id = column("events.person_id"), on = column("events.on"), suspect = column("events.kind"))
people <- people[first_contact - days >= first & last_contact + days <= last]
joined <- events[suspect == 1L][people, on = "person_id", nomatch = NULL]
counts <- joined[, .(before = sum(first_contact - on >= 1L & first_contact - on <= days),
                     after = sum(on - last_contact >= 1L & on - last_contact <= days)), by = person_id]
cat(toJSON(list(people = nrow(people), before = sum(counts$before), after = sum(counts$after),
                some_before = sum(counts$before > 0), fewer = sum(counts$after < counts$before)), auto_unbox = TRUE, digits = NA))
