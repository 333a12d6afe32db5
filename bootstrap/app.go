package bootstrap

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/sirupsen/logrus"
	"go.uber.org/dig"
	"go.uber.org/fx"
	"go.uber.org/fx/fxevent"
)

// closeTime is what the ledger and the store get to close after the requests
// under way had theirs.
const closeTime = 10 * time.Second

// Version is the build's version, set by the linker.
var Version = "development"

// options is the program's table of contents.
func options(c Config, accept acceptClock, logger *logrus.Logger) fx.Option {
	return fx.Options(
		fx.Supply(c, accept, logger),
		fx.Provide(newReporter, newClock, newIDs, newMetrics, newBulkheads),
		breakerModule,
		storeModule,
		ledgerModule,
		publishModule,
		syncModule,
		feedModule,
		fx.Module("profiling", fx.Invoke(profile)), // before the service says that it listens
		httpModule,
		fx.Invoke(watch),
		fx.StopTimeout(ms(c.ShutdownDelayMS)+ms(c.ShutdownTimeoutMS)+closeTime),
		fx.WithLogger(func() fxevent.Logger { return fxevent.NopLogger }),
	)
}

// Serve runs the service until it is told to stop, and returns the process's
// exit code: 0 after a clean stop, else that of ExitCode.
func Serve(s Settings, logTo io.Writer) int {
	c := s.fitting(s.limits)
	TuneMemory(c.MemoryLimitMB)
	TuneProcessors()
	signal.Ignore(syscall.SIGPIPE) // a log that is closed must not end the service
	writer := newLogWriter(logTo, droppedNotice(formatter(c)))
	defer writer.Close()
	logger, err := newLogger(c, writer)
	if err != nil {
		_, _ = fmt.Fprintln(logTo, err)
		return 1
	}
	s.log(logger, c)
	early := make(chan os.Signal, 1)
	signal.Notify(early, syscall.SIGTERM, syscall.SIGINT)
	built := make(chan *fx.App, 1)
	go func() { built <- fx.New(options(c, acceptClock(s.AcceptClock), logger)) }()
	select {
	case app := <-built:
		if err := app.Err(); err != nil {
			logger.WithError(rootCause(err)).Error("cannot start")
			return ExitCode(rootCause(err))
		}
		return run(app, early, logger)
	case s := <-early:
		return stopEarly(s, logger)
	}
}

// stopEarly ends a start at once: a start survives its end at any moment.
func stopEarly(s os.Signal, logger *logrus.Logger) int {
	logger.WithField("signal", s.String()).Info("stopping: the start was not complete")
	return 0
}

// log writes the settings that are used, and warnings about them.
func (s Settings) log(logger *logrus.Logger, used Config) {
	logger.WithField("version", Version).Info("starting")
	fields := logrus.Fields{}
	for _, one := range settings() {
		fields[one.name] = one.value(used)
	}
	logger.WithFields(fields).Debug("settings")
	if len(s.Unsafe) > 0 {
		logger.WithField("settings", s.Unsafe).Warn("some settings are not safe in production")
	}
	if len(s.Ignored) > 0 {
		logger.WithField("variables", s.Ignored).Warn("some environment variables look like settings and are ignored")
	}
}

// run starts the program, waits for a reason to stop, and stops it. A signal may have come early.
func run(app *fx.App, early chan os.Signal, logger *logrus.Logger) int {
	startCtx, cancel := context.WithTimeout(context.Background(), app.StartTimeout())
	defer cancel()
	stop := app.Wait()
	signal.Stop(early) // the program has its own channel from now on
	select {
	case s := <-early:
		return stopEarly(s, logger)
	default:
	}
	if err := app.Start(startCtx); err != nil {
		logger.WithError(rootCause(err)).Error("cannot start")
		return ExitCode(rootCause(err))
	}
	reason := <-stop
	exitOnSecondSignal()
	if reason.ExitCode == 0 {
		logger.WithField("signal", fmt.Sprint(reason.Signal)).Info("stopping")
	} else {
		logger.Error("stopping: the service cannot continue")
	}
	stopCtx, cancel := context.WithTimeout(context.Background(), app.StopTimeout())
	defer cancel()
	if err := app.Stop(stopCtx); err != nil {
		logger.WithError(err).Error("did not stop cleanly")
		return 1
	}
	logger.Info("stopped")
	return reason.ExitCode
}

// exitOnSecondSignal ends the process at once when a second signal arrives. Every acknowledged
// commit is durable, so nothing is lost.
func exitOnSecondSignal() {
	second := make(chan os.Signal, 1)
	signal.Notify(second, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		<-second
		os.Exit(1)
	}()
}

// rootCause returns the error itself, without the container's account of how it came about.
func rootCause(err error) error { return dig.RootCause(err) }
