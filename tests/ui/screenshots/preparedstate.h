// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/desktop.h"
#include "core/build/buildlock.h"

#include <QTemporaryDir>

namespace kernelyard::test {

/// A user's folders with real journals in them: plans by the planner, written by the journal writer from recorded
/// output of engines and of the validation suite.
class PreparedState
{
public:
    PreparedState();

    const Paths &paths() const { return m_paths; }
    /// A machine with a rootless Podman that works and a Docker that is stopped.
    DesktopSources sources() const;

    /// Setups and validations, the newest a validation that passed.
    void addEndedBuilds();
    void addFailedSetup();
    void addValidation(const QString &recording);       ///< one that passed, the newest; likewise
    QString newestBuild() const;                        ///< its folder
    void addFailedValidation(const QString &recording); ///< a file in tests/data/validation
    void addBenchmark();
    /// A setup in its builder layer, alive as long as this object.
    void addEarlierSetups(); ///< that estimates are made from
    void addRunningSetup();
    void addBrokenEnvironment();
    /// Several checkouts, one of them with changes and a missing submodule, and a clone that ended early.
    void addForks();
    void setLayersBuilt(int count) { m_layersBuilt = count; }

    static Engine podman();
    static Engine stoppedDocker();

private:
    Result<ForkAdvice> advise(const ForkStatus &fork, const std::optional<Environment> &environment) const;

    struct Part
    {
        QString task;
        QString file; ///< below tests/data; empty: no output
        int exitCode = 0;
        std::chrono::milliseconds lasts{0};
        double share = 1; ///< of the file, for a task that still runs
    };
    enum class End { Done, Failed, Running };
    void write(const QString &purpose, const QDateTime &started, const QList<Part> &parts, End end);

    QTemporaryDir m_folder;
    Paths m_paths;
    int m_next = 1;
    int m_layersBuilt = 3;
    QString m_heldCommit; ///< by the layer of the first fork
    std::vector<BuildLock> m_alive;
};

} // namespace kernelyard::test
