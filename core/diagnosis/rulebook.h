// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/paths.h"
#include "core/base/result.h"
#include "core/diagnosis/literalscanner.h"

#include <QHash>
#include <QRegularExpression>
#include <QStringList>

namespace kernelyard {

/// What a pattern needs beside its own line to count.
struct Companion
{
    int sign = -1;   ///< index into Rulebook::signs
    int within = -1; ///< lines on either side; -1: anywhere in the log
};

/// One way in which a cause, a sign or an outcome shows itself in a line.
struct LinePattern
{
    QRegularExpression match;  ///< on the plain line, case ignored
    QRegularExpression unless; ///< the same line must not match; empty pattern: no exception
    bool onlyIfFailed = false; ///< the same text is harmless in a build that goes on
    bool weak = false;         ///< gives way to every other sighting, of generic causes too
    QString summary;           ///< instead of the cause's own, where this line tells more; else empty
    QString remedy;            ///< likewise
    QList<Companion> with;     ///< all of them
    QList<Companion> without;  ///< none of them
};

/// What a button can do about a cause.
enum class RemedyAction {
    None,
    FewerJobs,   ///< the same build with half the parallel jobs
    ArchList,    ///< the same build for other GPU architectures
    FreeSpace,   ///< the engine's own pruning
    StartEngine, ///< the engine's service
    GpuToolkit,  ///< NVIDIA's container toolkit, installed or configured
    Run,         ///< CauseRule::command
};

struct CauseRule
{
    QString label;
    QString summary;
    QString remedy;
    RemedyAction action = RemedyAction::None;
    QStringList command;  ///< of Run; a word may hold {name}: a named group of the line's match, or a fact of the build
    QList<int> exitCodes; ///< that show this cause where no line of the log shows any
    bool contributing = false; ///< never the root: stands behind the cause that it led to
    bool generic = false;      ///< gives way to any cause that is not generic
};

/// How a message that the rules look for reads in another language.
struct Phrase
{
    QRegularExpression match;
    QString english; ///< with \1, \2 … for what the message quotes
};

/// The rules of the diagnosis, read from resources/diagnosis/*.yml (its README describes the format) and compiled.
struct Rulebook
{
    enum class Role { Sign, Failed, Done, Overcome, Cause };
    struct Entry
    {
        Role role = Role::Cause;
        int index = 0; ///< into causes or signs
        LinePattern pattern;
    };

    QList<CauseRule> causes;
    QStringList signs;
    QList<Entry> entries;
    QList<Phrase> phrases;
    QList<QByteArray> literals;
    QList<QList<int>> entriesOfLiteral; ///< which entries a literal makes worth trying
    QList<QList<int>> phrasesOfLiteral; ///< the same for phrases
    LiteralScanner scanner{{}};

    /// Errors: Invalid, naming file, line and what was expected; NotFound when the folder holds no rules.
    static Result<Rulebook> read(const QString &folder);
    static Result<Rulebook> ofInstallation(const Paths &paths);
};

} // namespace kernelyard
