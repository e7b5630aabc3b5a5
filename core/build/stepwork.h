// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>
#include <QStringList>

namespace kernelyard {

/// What a step's own output says of the work inside it. Only what tools count themselves is a total; where none does,
/// it is 0: unknown.
struct StepWork
{
    enum class Kind {
        None,
        Units,    ///< of a build system: ninja's edges, or source files compiled
        Bytes,    ///< of the download in work
        Packages, ///< of a package manager
    };
    Kind kind = Kind::None;
    qint64 done = 0;
    qint64 total = 0;
    QString item;              ///< in work: a source file's name, a wheel, a package; may be empty
    QStringList architectures; ///< that the file in work is compiled for: "sm_90"; empty: no GPU code, or not said
    QString tool;              ///< nvcc, g++, pip, apt, curl, …

    bool operator==(const StepWork &) const = default;
};

/// One compiler command, as a build prints it.
struct CompileCommand
{
    QString tool; ///< its program's name, without folder and launcher (ccache)
    QString source;
    QStringList architectures;

    bool operator==(const CompileCommand &) const = default;
};

/// Reads \a line, if it is a command that compiles a source file: cc, gcc, g++, c++, clang, nvcc, hipcc and the like
/// with `-c` and a source. Architectures are those of nvcc's -gencode, -arch and --gpu-code and of
/// --offload-arch, in order, each once: "sm_90", or "compute_90" where only intermediate code is made.
CompileCommand compileCommand(QByteArrayView line);

/// Follows one step's lines. Takes whole lines without their end; of a line that a tool wrote over with carriage
/// returns, what it wrote last counts. Cheap for lines that say nothing. Any bytes will do.
class StepWorkReader
{
public:
    void take(QByteArrayView line);
    const StepWork &work() const { return m_work; }

private:
    bool takeNinja(QByteArrayView line);
    bool takeCompile(QByteArrayView line);
    bool takePip(QByteArrayView line);
    bool takeApt(QByteArrayView line);
    bool takeCurl(QByteArrayView line);

    StepWork m_work;
    bool m_isCounted = false; ///< by ninja: compile commands are no units of their own
    qint64 m_aptNew = 0;      ///< packages to be installed
    qint64 m_compiled = 0;    ///< commands seen, where nobody counts
};

} // namespace kernelyard
