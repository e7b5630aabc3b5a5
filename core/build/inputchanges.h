// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/layerinputs.h"

namespace kernelyard {

// What of a layer's inputs differs between two builds, each difference in words. Pure.

/// The sources of a COPY or ADD from the context; none for one from an image or another stage, and for addresses.
QStringList copySources(const QString &instruction);
/// What differs below \a sources; files without a hash differ when their size or time does.
QStringList changedFiles(const LayerInputs &now, const LayerInputs &before, const QStringList &sources);

struct ChangedArgument
{
    QString name, was, is;
    QString text;
};
/// Build arguments that differ, as far as \a instruction can see them: of a RUN those that its stage declares before
/// it, of others what they name. \a is and \a was may be null.
QList<ChangedArgument> changedArguments(const LayerCommand &now, const LayerCommand &before, const LayerInputs *is,
                                        const LayerInputs *was, const QString &instruction);
QStringList textsOf(const QList<ChangedArgument> &arguments);
/// Those of \a arguments that make the one instruction of the other, where the engine put their values in.
QStringList explaining(const QList<ChangedArgument> &arguments, const QString &was, const QString &is);

/// What the Dockerfile sets before \a instruction without a step that shows (BuildKit's ENV, USER, SHELL), where it
/// differs; the text of the instruction itself too, where the engine shows a shorter one.
QStringList changedSettings(const LayerInputs &is, const LayerInputs &was, const QString &instruction);

} // namespace kernelyard
