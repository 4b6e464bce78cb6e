# Answers of R's survival package for Cox models. Run in this folder: Rscript cox_refs.R
# Reads rossi.csv, recid.csv, bladder2.csv, cgd.csv beside it and lung.csv, veteran.csv in ../survival;
# writes heart_all.csv, cox_models.json, cox_residuals.json, cox_curves.json, concordance.json, session_info.txt.
suppressMessages({library(survival); library(jsonlite)})
control <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 100)
write <- function(x, f) write_json(x, f, digits = NA, auto_unbox = TRUE, null = "null", na = "null", pretty = FALSE)
factors <- function(d) { for (n in names(d)) if (is.character(d[[n]])) d[[n]] <- factor(d[[n]]); d }
rossi <- factors(read.csv("rossi.csv")); recid <- read.csv("recid.csv"); recid$fail <- 1 - recid$cens
bladder2 <- subset(read.csv("bladder2.csv"), start < stop); cgd <- factors(read.csv("cgd.csv"))
lung <- read.csv("../survival/lung.csv"); lung$status <- lung$status - 1; lung <- subset(lung, !is.na(inst) & !is.na(ph.ecog))
lung$w <- 0.5 + (lung$age %% 5) / 3; lung$site <- paste0("s", lung$inst %% 3)
veteran <- factors(read.csv("../survival/veteran.csv"))
heart <- survival::heart; heart$w <- 1 + (heart$id %% 4) / 2; heart$transplant <- as.integer(as.character(heart$transplant))
write.csv(format(heart, digits = 15), "heart_all.csv", row.names = FALSE, quote = FALSE)
heart <- read.csv("heart_all.csv")
long <- do.call(rbind, lapply(seq_len(nrow(rossi)), function(i) {
  k <- rossi$week[i]; e <- as.character(unlist(rossi[i, paste0("emp", 1:k)]))
  data.frame(id = i, start = 0:(k - 1), stop = 1:k, arrest = c(rep(0, k - 1), rossi$arrest[i]), fin = rossi$fin[i],
             age = rossi$age[i], prio = rossi$prio[i], employed = as.integer(e == "yes"))
}))
data <- list(rossi = rossi, rossi_long = long, recid = recid, lung = lung, veteran = veteran, heart = heart,
             bladder2 = bladder2, cgd = cgd)
full <- "fin + age + race + wexp + mar + paro + prio"
records <- "workprg + priors + tserved + felon + alcohol + drugs + black + married + educ + age"
model <- function(data, formula, time, event, entry = NULL, strata = NULL, cluster = NULL, weights = NULL, ties = "efron")
  Filter(Negate(is.null), list(data = data, formula = formula, time = time, event = event, entry = entry,
                               strata = strata, cluster = cluster, weights = weights, ties = ties))
models <- list()
for (ties in c("efron", "breslow")) {
  add <- function(name, ...) models[[paste(name, ties, sep = "_")]] <<- model(..., ties = ties)
  add("rossi", "rossi", full, "week", "arrest")
  add("rossi_time_varying", "rossi_long", "fin + age + prio + employed", "stop", "arrest", entry = "start")
  add("recid", "recid", records, "durat", "fail")
  add("recid_by_job", "recid", "priors + black + age", "durat", "fail", cluster = "tserved")
  add("lung", "lung", "age * sex + ph.ecog", "time", "status")
  add("lung_strata", "lung", "age + ph.ecog", "time", "status", strata = "sex")
  add("lung_weights", "lung", "age + sex + site", "time", "status", weights = "w")
  add("lung_weights_strata", "lung", "age + ph.ecog", "time", "status", weights = "w", strata = "sex")
  add("lung_cluster", "lung", "age + sex + ph.ecog", "time", "status", cluster = "inst")
  add("lung_weights_cluster", "lung", "age + sex + ph.ecog", "time", "status", cluster = "inst", weights = "w")
  add("veteran", "veteran", "trt + karno + celltype", "time", "status")
  add("heart", "heart", "age + surgery + transplant", "stop", "event", entry = "start")
  add("heart_strata_weights", "heart", "age + year + transplant", "stop", "event", entry = "start", strata = "surgery",
      weights = "w", cluster = "id")
  add("bladder_total", "bladder2", "rx + number + size", "stop", "event", entry = "start", cluster = "id")
  add("bladder_conditional", "bladder2", "rx + number + size", "stop", "event", entry = "start", strata = "enum",
      cluster = "id")
  add("cgd", "cgd", "treat + sex + age + inherit + steroids", "tstop", "status", entry = "tstart", cluster = "id")
}
fit <- function(m) {
  d <- data[[m$data]]
  left <- if (is.null(m$entry)) sprintf("Surv(%s, %s)", m$time, m$event) else sprintf("Surv(%s, %s, %s)", m$entry, m$time, m$event)
  f <- as.formula(paste(left, "~", m$formula, if (!is.null(m$strata)) sprintf("+ strata(%s)", m$strata) else ""))
  a <- list(formula = f, data = d, ties = m$ties, control = control, x = TRUE, y = TRUE)
  if (!is.null(m$weights)) a$weights <- d[[m$weights]]
  if (!is.null(m$cluster)) a$cluster <- d[[m$cluster]]
  if (!is.null(m$weights)) a$robust <- TRUE
  do.call(coxph, a)
}
transforms <- c("km", "rank", "identity", "log")
fits <- lapply(models, fit)
answer <- function(m, f) {
  s <- summary(f)
  z <- lapply(setNames(transforms, transforms), function(k) as.data.frame(cox.zph(f, transform = k)$table))
  c(m, list(n = f$n, nevent = f$nevent, coef = unname(coef(f)), var = f$var, naive = if (is.null(f$naive.var)) f$var else f$naive.var,
            loglik = f$loglik, score = f$score, rscore = f$rscore, wald = f$wald.test, concordance = unname(s$concordance),
            zph = lapply(z, function(t) list(term = rownames(t), chisq = t$chisq, df = t$df, p = t$p))))
}
write(Map(answer, models, fits), "cox_models.json")

kinds <- c("martingale", "deviance", "score", "dfbeta", "schoenfeld", "scaledsch")
some <- c("rossi_efron", "heart_efron", "heart_strata_weights_efron", "heart_strata_weights_breslow", "lung_weights_strata_efron")
# scaled Schoenfeld residuals of a weighted model use R's robust variance nowhere, the model's everywhere
write(lapply(setNames(some, some), function(k) lapply(setNames(kinds, kinds), function(t) unname(residuals(fits[[k]], t)))),
      "cox_residuals.json")

curve <- function(name, newdata, conf_type) {
  s <- survfit(fits[[name]], newdata = newdata, conf.type = conf_type, conf.int = 0.9)
  list(model = name, newdata = newdata, conf_type = conf_type, time = s$time, n_risk = s$n.risk, n_event = s$n.event,
       strata = if (is.null(s$strata)) NULL else as.list(s$strata), surv = s$surv, std_err = s$std.err, cumhaz = s$cumhaz,
       std_chaz = s$std.chaz, lower = s$lower, upper = s$upper)
}
who <- data.frame(age = c(50, 71), ph.ecog = c(0, 2), sex = c(2, 1))
hearts <- data.frame(age = c(-5, 4), surgery = c(1, 0), transplant = c(0, 1), year = c(2, 3))
jobs <- data.frame(priors = c(0, 5), black = c(0, 1), age = c(300, 400))
curves <- list()
for (ties in c("efron", "breslow")) {
  curves[[paste0("lung_", ties)]] <- curve(paste0("lung_", ties), who, "log-log")
  curves[[paste0("lung_strata_", ties)]] <- curve(paste0("lung_strata_", ties), who, "log")
  curves[[paste0("heart_", ties)]] <- curve(paste0("heart_", ties), hearts, "log-log")
  curves[[paste0("recid_by_job_", ties)]] <- curve(paste0("recid_by_job_", ties), jobs, "plain")
}
# the mean of the covariates: R's own "mean subject" leaves 0/1 covariates at 0, so the mean is asked for by name
means <- data.frame(age = mean(lung$age), ph.ecog = mean(lung$ph.ecog))
base <- survfit(coxph(Surv(time, status) ~ age + ph.ecog, data = lung, control = control), newdata = means)
curves$lung_mean <- list(time = base$time, cumhaz = as.vector(base$cumhaz), std_chaz = as.vector(base$std.chaz), n_event = base$n.event)
write(curves, "cox_curves.json")

agree <- function(x) list(concordance = unname(x$concordance), var = x$var, count = unname(as.list(if (is.matrix(x$count)) colSums(x$count) else x$count)))
write(list(
  plain = agree(concordance(Surv(time, status) ~ age, data = lung, reverse = TRUE)),
  weights = agree(concordance(Surv(time, status) ~ age, data = lung, weights = w, reverse = TRUE)),
  strata = agree(concordance(Surv(time, status) ~ age + strata(sex), data = lung, reverse = TRUE)),
  cluster = agree(concordance(Surv(time, status) ~ age, data = lung, cluster = inst, reverse = TRUE)),
  entry = agree(concordance(Surv(start, stop, event) ~ age, data = heart, reverse = TRUE)),
  everything = agree(concordance(Surv(start, stop, event) ~ age + strata(surgery), data = heart, weights = w, cluster = id, reverse = TRUE))
), "concordance.json")
writeLines(capture.output(sessionInfo()), "session_info.txt")
