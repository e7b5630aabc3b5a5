// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/plan.h"

namespace kernelyard {

/// What the command of a layer says, read back from its arguments.
struct LayerCommand
{
    QString dockerfile;
    QString context;
    bool noCache = false;
    QList<std::pair<QString, QString>> arguments; ///< of --build-arg

    bool operator==(const LayerCommand &) const = default;
};
LayerCommand layerCommand(const Task &task);

/// The instructions of a Dockerfile, each on one line as engines show them: without comments, escaped line ends and
/// superfluous spaces; with what a here-document holds.
QStringList instructionsOf(QByteArrayView dockerfile);

/// The images that a Dockerfile is built from: those of its FROM lines and of COPY --from that are no stage of it, with
/// build arguments put in; in order, each once. One whose arguments have no value is left out.
QStringList imagesOf(QByteArrayView dockerfile, const QList<std::pair<QString, QString>> &arguments);

struct ContextFile
{
    QString path; ///< below the context
    qint64 sizeBytes = 0;
    qint64 modifiedMs = 0;
    QByteArray hash; ///< of its content (of a link: its target), in hexadecimal; empty: not taken, the context is large
    int mode = 0;    ///< permission bits as stat(2) has them; 0: not recorded

    bool operator==(const ContextFile &) const = default;
};

/// What a layer's cache depends on beside its instructions, as it was when its task began.
struct LayerInputs
{
    QString task;
    QList<std::pair<QString, QString>> images; ///< reference and id of each image that was there
    QList<ContextFile> files;                  ///< that the context sends, by path
    QStringList instructions;                  ///< of the Dockerfile, as instructionsOf() gives them
    bool isWhole = true;                       ///< no file was left out for want of time

    bool operator==(const LayerInputs &) const = default;
};

/// Whether .dockerignore, \a patterns, keeps \a path (below the context) out. Later lines win; ! takes back.
bool isIgnored(const QStringList &patterns, const QString &path);

/// Reads the context of \a task and asks \a engine for its images. Blocks for some 100 ms, at most some seconds.
LayerInputs gatherLayerInputs(const Task &task, const Engine &engine);

QByteArray toJson(const QList<LayerInputs> &inputs);
QList<LayerInputs> layerInputsFromJson(const QByteArray &json); ///< none where it is damaged

} // namespace kernelyard
