# Answers of R's survival package for lvrn_eval.survival. Run in this folder: Rscript survival_refs.R
# Reads lung.csv, veteran.csv and rossi_people.csv beside it; writes heart.csv, ref_*.csv, ref_tests.json, session_info.txt.
suppressMessages({library(survival); library(jsonlite)})
write_table <- function(d, f) write.csv(format_numbers(d), f, row.names = FALSE, quote = FALSE, na = "")
format_numbers <- function(d) {
  for (n in names(d)) if (is.double(d[[n]])) d[[n]] <- ifelse(is.na(d[[n]]), NA, sprintf("%.15g", d[[n]]))
  d
}
curve <- function(s, conf_type) data.frame(
  conf_type = conf_type, group = rep(sub(".*=", "", names(s$strata)), s$strata), time = s$time, n_risk = s$n.risk,
  n_event = s$n.event, n_censor = s$n.censor, surv = s$surv, std_err_log = s$std.err, cumhaz = s$cumhaz,
  std_chaz = s$std.chaz, lower = s$lower, upper = s$upper)
types <- c("log-log", "log", "plain", "logit", "arcsin")
shares <- c(0.1, 0.25, 0.5, 0.75, 0.9)
quantiles <- function(s, conf_type) {
  q <- quantile(s, shares)
  groups <- sub(".*=", "", rownames(q$quantile))
  data.frame(conf_type = conf_type, group = rep(groups, each = length(shares)), probability = rep(shares, length(groups)),
             quantile = as.vector(t(q$quantile)), lower = as.vector(t(q$lower)), upper = as.vector(t(q$upper)))
}
test <- function(s) list(chisq = s$chisq, df = sum(rowSums(as.matrix(s$exp)) > 0) - 1, p = s$pvalue,
                         observed = rowSums(as.matrix(s$obs)), expected = rowSums(as.matrix(s$exp)))

lung <- read.csv("lung.csv"); veteran <- read.csv("veteran.csv"); rossi <- read.csv("rossi_people.csv")

# every type of interval, and quantiles read off it
fits <- lapply(types, function(k) survfit(Surv(time, status) ~ sex, data = lung, conf.type = k))
limits <- do.call(cbind, Map(function(s, k) setNames(data.frame(s$lower, s$upper), paste0(c("lower_", "upper_"), k)),
                             fits, types))
names(limits) <- paste0(c("lower_", "upper_"), rep(types, each = 2))
write_table(cbind(curve(fits[[1]], "all")[, 2:10], limits), "ref_lung_by_sex.csv")
write_table(do.call(rbind, Map(quantiles, fits, types)), "ref_lung_quantiles.csv")
# groups that end in an event (S = 0), another level of confidence, many ties
write_table(curve(survfit(Surv(time, status) ~ celltype, data = veteran, conf.type = "log-log", conf.int = 0.9), "log-log"),
            "ref_veteran_by_celltype_90.csv")
fits <- lapply(types, function(k) survfit(Surv(time, status) ~ trt, data = veteran, conf.type = k))
write_table(do.call(rbind, Map(quantiles, fits, types)), "ref_veteran_quantiles.csv")
# whole-number weights are counts of people
weighted <- survfit(Surv(time, status) ~ sex, data = lung, weights = 1 + lung$age %% 3, conf.type = "log-log")
write_table(curve(weighted, "log-log"), "ref_lung_weighted.csv")
# late entry (left truncation), half-day times: Stanford heart transplants, waiting and transplanted
heart <- survival::heart[, c("start", "stop", "event", "transplant", "surgery")]
write_table(heart, "heart.csv")
write_table(curve(survfit(Surv(start, stop, event) ~ transplant, data = heart, conf.type = "log-log"), "log-log"),
            "ref_heart_late_entry.csv")
# events and censorings at time 0, ties of both kinds, and an end in an event
tiny <- data.frame(time = c(0, 0, 1, 2, 2, 3, 3, 5), event = c(1, 0, 0, 1, 0, 1, 1, 1))
s <- survfit(Surv(time, event) ~ 1, data = tiny, conf.type = "plain"); s$strata <- c("x=all" = length(s$time))
write_table(curve(s, "plain"), "ref_tiny.csv")

# tests; R has no log-rank test with late entry, but the score test of an exact Cox model is the same
late <- coxph(Surv(start, stop, event) ~ transplant, data = heart, ties = "exact")
late_strata <- coxph(Surv(start, stop, event) ~ transplant + strata(surgery), data = heart, ties = "exact")
write_json(list(
  lung_sex = test(survdiff(Surv(time, status) ~ sex, data = lung)),
  lung_ph_ecog = test(survdiff(Surv(time, status) ~ ph.ecog, data = lung)),
  veteran_celltype = test(survdiff(Surv(time, status) ~ celltype, data = veteran)),
  veteran_celltype_strata_trt = test(survdiff(Surv(time, status) ~ celltype + strata(trt), data = veteran)),
  rossi_educ_strata_race = test(survdiff(Surv(week, arrest) ~ educ + strata(race), data = rossi)),
  heart_late_entry = list(chisq = unname(late$score), df = 1),
  heart_late_entry_strata_surgery = list(chisq = unname(late_strata$score), df = 1)
), "ref_tests.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
writeLines(capture.output(sessionInfo()), "session_info.txt")
