// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/environment/environment.h"

namespace kernelyard {

/// Layers in an order in which each comes after those that its arguments name; the file's order where that leaves a
/// choice. When they need each other in a circle, \a cycle holds its names, the first again at the end.
struct LayerOrder
{
    QList<Layer> layers;
    QStringList cycle;
};

LayerOrder layerOrder(const QList<Layer> &layers);

/// The names of the layers that \a layer's arguments refer to, each once.
QStringList layersNamedBy(const Layer &layer);

/// \a layerName and all that it needs, in build order.
QStringList layersUpTo(const Environment &environment, const QString &layerName);

} // namespace kernelyard
