// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/environment/layerorder.h"

#include "core/environment/reference.h"

#include <algorithm>

namespace kernelyard {

QStringList layersNamedBy(const Layer &layer)
{
    QStringList names;
    for (const auto &[argument, value] : layer.arguments)
        if (const auto references = referencesIn(value))
            for (const Reference &reference : *references)
                if (reference.kind == u"layer" && !names.contains(reference.name))
                    names << reference.name;
    return names;
}

namespace {

/// Depth-first search, as for any topological order.
struct Walk
{
    const QList<Layer> &layers;
    LayerOrder order;
    QStringList path;
    QStringList done;

    void visit(const Layer &layer)
    {
        if (!order.cycle.isEmpty() || done.contains(layer.name))
            return;
        if (const qsizetype start = path.indexOf(layer.name); start >= 0) {
            order.cycle = path.mid(start) << layer.name;
            return;
        }
        path << layer.name;
        for (const QString &needed : layersNamedBy(layer)) {
            const auto it = std::ranges::find(layers, needed, &Layer::name);
            if (it != layers.end())
                visit(*it);
        }
        path.removeLast();
        done << layer.name;
        order.layers << layer;
    }
};

} // namespace

LayerOrder layerOrder(const QList<Layer> &layers)
{
    Walk walk{layers, {}, {}, {}};
    for (const Layer &layer : layers)
        walk.visit(layer);
    return walk.order;
}

QStringList layersUpTo(const Environment &environment, const QString &layerName)
{
    Walk walk{environment.layers, {}, {}, {}};
    if (const Layer *layer = environment.layer(layerName))
        walk.visit(*layer);
    QStringList names;
    for (const Layer &layer : walk.order.layers)
        names << layer.name;
    return names;
}

} // namespace kernelyard
