// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/engine/engine.h"
#include "core/engine/outputparser.h"

#include <QDateTime>

namespace kernelyard {

enum class TaskKind { Base, Layer, Fork, Validation, Transfer, Container };

/// One command of a plan. Its output holds the steps, as the engine reports them.
struct Task
{
    QString name; ///< unique in the plan: base, wheels, builder, dev, fork, validate; push-dev, tag-dev
    TaskKind kind = TaskKind::Layer;
    QString title; ///< for people
    Command command;
    OutputFormat format = OutputFormat::Plain;
    QString image;          ///< the tag it makes or runs; empty: none
    QStringList containers; ///< names of the containers it runs; removed when the build is cut off
};

/// What one build does. A value, written once to plan.json, never changed.
struct Plan
{
    static constexpr int version = 1;

    QString environment;
    QString purpose; ///< setup, build, validate, push, pull, dev container
    Engine engine;
    QList<std::pair<QString, QString>> choices;
    QList<std::pair<QString, QString>> reasons; ///< why a choice has its value, where the machine decided it
    QList<Task> tasks;                          ///< run in order; the first that fails ends the build
    /// What its validation was asked for beside the environment's own command: --quick, --case ID, …
    QStringList validationArguments;
    QDateTime created;
    int retryOf = 0;        ///< the number of the build that this one repeats; 0: none
    qint64 memoryBytes = 0; ///< what it is expected to take at its peak, from earlier builds; 0: unknown
    QString problem;        ///< why this only stands in for a plan that can't be read (standinplan.h); not written

    QByteArray toJson() const; ///< indented, UTF-8
    static Result<Plan> fromJson(const QByteArray &json, const QString &file);
    /// Errors: as the system says (NotFound, Permission), Invalid with line or key.
    static Result<Plan> read(const QString &file);
};

/// Whether \a plan pushes or pulls images, and builds nothing.
bool isTransfer(const Plan &plan);
/// Whether it leaves layers and validation of its environment as they are: a transfer, or a dev container.
bool isBeside(const Plan &plan);

} // namespace kernelyard
