// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QDateTime>
#include <QList>
#include <QStringList>

namespace kernelyard {

/// One image of `podman image inspect` and `docker image inspect`, which agree in what is read here.
struct InspectedImage
{
    QString id;
    QStringList tags;
    qint64 sizeBytes = 0; ///< with everything below it
    QDateTime created;
    QStringList fileSystems; ///< digests of its file system layers, the lowest first

    bool isAbove(const InspectedImage &other) const; ///< it begins with all of \a other's file systems and has more
};

/// The images of one `inspect` of any number of names; those that do not exist are simply not there.
QList<InspectedImage> parseInspection(const QByteArray &json);

/// What \a image adds to the highest of \a all that it stands on: its own share of the disk. A part that is shared
/// with an image beside it, but with none below it, is counted in each.
qint64 ownBytes(const InspectedImage &image, const QList<InspectedImage> &all);

} // namespace kernelyard
