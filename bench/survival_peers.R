# What R does of the bench of survival. Reads "row<TAB>few<TAB>rounds" lines, answers each with a line of JSON.
suppressPackageStartupMessages({library(survival); library(jsonlite)})
has_cmprsk <- requireNamespace("cmprsk", quietly = TRUE)
folder <- commandArgs(TRUE)[1]
integers <- c("time", "event", "cause", "group", "site", "person", "start", "stop", "again")
covariates <- paste0("x", 1:10)

column <- function(path) {
  size <- file.size(path)
  if (sub(".*\\.", "", path) %in% integers) readBin(path, "integer", size / 4, 4) else readBin(path, "double", size / 8, 8)
}
frame <- function(name, few) {
  paths <- sort(list.files(folder, paste0("^", name, "\\."), full.names = TRUE))
  found <- as.data.frame(setNames(lapply(paths, column), sub(".*\\.", "", paths)))
  if (few > 0) head(found, few) else found
}
kept <- list()
data <- function(name, few) {
  key <- paste(name, few)
  if (is.null(kept[[key]])) kept[[key]] <<- frame(name, few)
  kept[[key]]
}
at <- function(times, values) values[findInterval(365, times)]
by_group <- function(fit) {
  ends <- cumsum(fit$strata); starts <- ends - fit$strata + 1
  setNames(lapply(seq_along(ends), function(i) at(fit$time[starts[i]:ends[i]], fit$surv[starts[i]:ends[i]])), seq_along(ends) - 1)
}
terms <- function(coefficients, errors) {
  as.list(c(setNames(coefficients, covariates), setNames(errors, paste0("se(", covariates, ")"))))
}
model <- function(left) as.formula(paste(left, "~", paste(covariates, collapse = "+")))
bare <- function(x, y, fitter) {
  fit <- fitter(x, y, strata = NULL, offset = NULL, init = NULL, control = coxph.control(), weights = NULL,
                method = "efron", rownames = NULL, resid = FALSE, nocenter = c(-1, 0, 1))
  terms(fit$coefficients, sqrt(diag(fit$var)))
}

work <- list(
  "kaplan-meier" = list(R = function(d) {
    fit <- survfit(Surv(time, event) ~ 1, d, conf.type = "log-log"); list(all = at(fit$time, fit$surv))
  }, "R, bare" = function(d) {
    fit <- survival:::survfitKM(factor(rep(1, nrow(d))), Surv(d$time, d$event), conf.type = "log-log")
    list(all = at(fit$time, fit$surv))
  }),
  "kaplan-meier, 9 groups" = list(R = function(d) by_group(survfit(Surv(time, event) ~ group, d, conf.type = "log-log")),
    "R, bare" = function(d) by_group(survival:::survfitKM(factor(d$group), Surv(d$time, d$event), conf.type = "log-log"))),
  "log-rank, 9 groups" = list(R = function(d) list(statistic = survdiff(Surv(time, event) ~ group, d)$chisq)),
  "nelson-aalen" = list(R = function(d) {
    fit <- survfit(Surv(time, event) ~ 1, d, stype = 2, ctype = 1); list(all = at(fit$time, fit$cumhaz))
  }),
  "aalen-johansen" = list(R = function(d) {
    fit <- survfit(Surv(time, factor(cause, 0:2)) ~ 1, d); list(all = at(fit$time, fit$pstate[, 2]))
  }, "R cmprsk" = function(d) {
    fit <- cmprsk::cuminc(d$time, d$cause)[[1]]; list(all = at(fit$time, fit$est))
  }),
  "restricted mean" = list(R = function(d) {
    found <- summary(survfit(Surv(time, event) ~ 1, d), rmean = 1000)$table
    list(mean = unname(found[grep("^\\*?rmean", names(found))][1]))
  }),
  "cox" = list(R = function(d) {
    fit <- coxph(model("Surv(time, event)"), d); terms(coef(fit), sqrt(diag(vcov(fit))))
  }, "R, bare" = function(d) bare(as.matrix(d[covariates]), Surv(d$time, d$event), coxph.fit)),
  "cox, clusters" = list(R = function(d) {
    fit <- coxph(model("Surv(time, event)"), d, cluster = site); terms(coef(fit), sqrt(diag(vcov(fit))))
  }),
  "andersen-gill" = list(R = function(d) {
    fit <- coxph(model("Surv(start, stop, again)"), d); terms(coef(fit), sqrt(diag(vcov(fit))))
  }, "R, bare" = function(d) bare(as.matrix(d[covariates]), Surv(d$start, d$stop, d$again), agreg.fit)),
  "andersen-gill, robust" = list(R = function(d) {
    fit <- coxph(model("Surv(start, stop, again)"), d, cluster = person); terms(coef(fit), sqrt(diag(vcov(fit))))
  }),
  "concordance" = list(R = function(d) {
    list(concordance = unname(concordance(Surv(time, event) ~ x2, d, reverse = TRUE)$concordance))
  }),
  "fine-gray" = list("R cmprsk" = function(d) {
    fit <- cmprsk::crr(d$time, d$cause, as.matrix(d[covariates])); terms(fit$coef, sqrt(diag(fit$var)))
  }),
  "mean cumulative" = list(R = function(d) {
    fit <- survfit(Surv(start, stop, again) ~ 1, d, id = person); list(all = at(fit$time, fit$cumhaz))
  })
)

peak <- function() {
  status <- "/proc/self/status"
  if (!file.exists(status)) return(0)
  as.numeric(sub("[^0-9]*([0-9]+).*", "\\1", grep("^VmHWM", readLines(status), value = TRUE))) * 1024
}
forget_peak <- function() tryCatch(cat("5", file = "/proc/self/clear_refs"), error = function(e) NULL, warning = function(w) NULL)

asked <- file("stdin", "r")
while (length(line <- readLines(asked, 1)) > 0) {
  parts <- strsplit(line, "\t")[[1]]
  row <- parts[1]; tool <- parts[2]; few <- as.integer(parts[3]); rounds <- as.integer(parts[4])
  if (grepl("cmprsk", tool) && !has_cmprsk) { cat(toJSON(list(absent = TRUE), auto_unbox = TRUE), "\n"); flush(stdout()); next }
  d <- data(if (grepl("^(andersen|mean)", row)) "spells" else "people", few)
  invisible(gc()); forget_peak(); before <- peak(); seconds <- c(); processor <- c()
  answer <- tryCatch({
    for (round in seq_len(rounds)) {
      began <- as.numeric(Sys.time()); spent <- sum(proc.time()[1:2])
      found <- suppressWarnings(work[[row]][[tool]](d))
      seconds <- c(seconds, as.numeric(Sys.time()) - began)
      processor <- c(processor, sum(proc.time()[1:2]) - spent)
    }
    found
  }, error = function(e) NULL)
  if (is.null(answer)) answer <- list(failed = TRUE)
  cat(toJSON(list(answer = answer, seconds = I(seconds), processor = I(processor), peak = peak() - before), auto_unbox = TRUE, digits = NA), "\n")
  flush(stdout())
}
