// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/style.h"

#include "ui/widgets/icon.h"
#include "ui/widgets/measure.h"

#include <QAbstractSpinBox>
#include <QComboBox>
#include <QPainter>
#include <QPlainTextEdit>
#include <QStyleOption>

namespace kernelyard {

Style::Style()
    : QProxyStyle(QStringLiteral("Fusion"))
{}

static void box(QPainter *painter, const QRect &rect, const QColor &fill, const QColor &edge, double radius = px(4))
{
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(QPen(edge, 1));
    painter->setBrush(fill);
    painter->drawRoundedRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius);
    painter->restore();
}

static void drawButton(const QStyleOption *option, QPainter *painter)
{
    const Theme &theme = Theme::of(option->palette);
    const auto *button = qstyleoption_cast<const QStyleOptionButton *>(option);
    const bool enabled = option->state & QStyle::State_Enabled;
    const bool filled = enabled && button && button->features & QStyleOptionButton::DefaultButton;
    const bool flat = button && button->features & QStyleOptionButton::Flat;
    const bool pressed = option->state & (QStyle::State_Sunken | QStyle::State_On);
    const bool hovered = enabled && option->state & QStyle::State_MouseOver;
    if (flat && !pressed && !hovered)
        return;
    if (filled) {
        const QColor fill = pressed   ? mixed(theme.accentFill, Qt::black, 0.8)
                            : hovered ? mixed(theme.accentFill, Qt::black, 0.9)
                                      : theme.accentFill;
        box(painter, option->rect, fill, fill);
        return;
    }
    const QColor fill = option->state & QStyle::State_On ? theme.selection
                        : pressed || hovered             ? theme.hover
                                                         : theme.base;
    box(painter, option->rect, fill, flat ? fill : option->state & QStyle::State_On ? theme.accent : theme.buttonEdge);
}

static void drawField(const QStyleOption *option, QPainter *painter)
{
    const Theme &theme = Theme::of(option->palette);
    box(painter, option->rect, option->state & QStyle::State_Enabled ? theme.base : theme.window,
        option->state & QStyle::State_Enabled ? theme.fieldEdge : theme.line);
}

/// One field with two chevrons in it.
static void drawSpinBox(const Style &style, const QStyleOptionSpinBox *spin, QPainter *painter, const QWidget *widget)
{
    const Theme &theme = Theme::of(spin->palette);
    drawField(spin, painter);
    for (const auto &[part, step, glyph] :
         {std::tuple(QStyle::SC_SpinBoxUp, QAbstractSpinBox::StepUpEnabled, Glyph::ChevronUp),
          std::tuple(QStyle::SC_SpinBoxDown, QAbstractSpinBox::StepDownEnabled, Glyph::ChevronDown)}) {
        const QRect rect = style.subControlRect(QStyle::CC_SpinBox, spin, part, widget);
        const bool can = spin->state & QStyle::State_Enabled && spin->stepEnabled & step;
        if (can && spin->activeSubControls & part)
            painter->fillRect(rect.adjusted(0, 1, -1, -1), theme.hover);
        const int side = px(10);
        paintGlyph(*painter, QRect(rect.center() - QPoint(side / 2, side / 2 - 1), QSize(side, side)), glyph,
                   can ? theme.muted : theme.buttonEdge);
    }
}

static void drawIndicator(const QStyleOption *option, QPainter *painter, bool round)
{
    const Theme &theme = Theme::of(option->palette);
    const bool on = option->state & QStyle::State_On;
    const bool enabled = option->state & QStyle::State_Enabled;
    const QColor fill = on && enabled ? theme.accentFill : theme.base;
    box(painter, option->rect, fill, on && enabled ? fill : theme.fieldEdge,
        round ? option->rect.width() / 2.0 : px(3));
    if (!on)
        return;
    if (!round) {
        paintGlyph(*painter, option->rect.adjusted(1, 1, -1, -1), Glyph::Tick, enabled ? theme.onAccent : theme.muted);
        return;
    }
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(Qt::NoPen);
    painter->setBrush(enabled ? theme.onAccent : theme.muted);
    painter->drawEllipse(QRectF(option->rect).center(), option->rect.width() / 5.5, option->rect.width() / 5.5);
    painter->restore();
}

void Style::drawPrimitive(PrimitiveElement element, const QStyleOption *option, QPainter *painter,
                          const QWidget *widget) const
{
    const Theme &theme = Theme::of(option->palette);
    switch (element) {
    case PE_PanelButtonCommand:
    case PE_PanelButtonTool:
        drawButton(option, painter);
        return;
    case PE_FrameDefaultButton:
    case PE_FrameFocusRect: // the ring of QFocusFrame, or the view's delegate, shows the focus
        return;
    case PE_Frame:
        box(painter, option->rect, qobject_cast<const QPlainTextEdit *>(widget) ? theme.base : QColor(Qt::transparent),
            theme.fieldEdge);
        return;
    case PE_PanelLineEdit:
        if (!widget || (!qobject_cast<const QComboBox *>(widget->parentWidget()) && // the box has drawn it
                        !qobject_cast<const QAbstractSpinBox *>(widget->parentWidget())))
            drawField(option, painter);
        return;
    case PE_FrameLineEdit:
    case PE_PanelStatusBar:
        return;
    case PE_IndicatorCheckBox:
        drawIndicator(option, painter, false);
        return;
    case PE_IndicatorRadioButton:
        drawIndicator(option, painter, true);
        return;
    case PE_PanelTipLabel:
        painter->setPen(theme.fieldEdge);
        painter->setBrush(theme.base);
        painter->drawRect(option->rect.adjusted(0, 0, -1, -1));
        return;
    case PE_IndicatorHeaderArrow: // beside the text, by drawHeaderLabel
        return;
    case PE_IndicatorArrowDown:
        paintGlyph(*painter, option->rect, Glyph::ChevronDown, theme.muted);
        return;
    case PE_IndicatorBranch:
        if (option->state & State_Children)
            paintGlyph(*painter, option->rect.adjusted(2, 2, -2, -2),
                       option->state & State_Open ? Glyph::ChevronDown : Glyph::ChevronRight, theme.muted);
        return;
    default:
        QProxyStyle::drawPrimitive(element, option, painter, widget);
    }
}

/// Without the ampersands that mark the letters for Alt, which Qt's own dialogs have: "&Save" is "Save".
static QString withoutMnemonic(QString text)
{
    for (qsizetype at = text.indexOf(u'&'); at >= 0; at = text.indexOf(u'&', at + 1))
        text.remove(at, 1);
    return text;
}

/// Icon and text in the middle, 6 apart. Nothing moves when it is pressed. A flat button with words is a link.
static void drawButtonLabel(const QStyleOptionButton &button, QPainter *painter)
{
    const Theme &theme = Theme::of(button.palette);
    const bool enabled = button.state & QStyle::State_Enabled;
    const bool filled = enabled && button.features & QStyleOptionButton::DefaultButton;
    const bool link = enabled && button.features & QStyleOptionButton::Flat && !button.text.isEmpty();
    const QFontMetrics &metrics = button.fontMetrics;
    const int side = button.icon.isNull() ? 0 : px(16);
    const int gap = side > 0 && !button.text.isEmpty() ? px(6) : 0;
    const int room = button.rect.width() - side - gap - px(8);
    const QString text =
        button.text.isEmpty() ? QString() : metrics.elidedText(withoutMnemonic(button.text), Qt::ElideRight, room);
    const int wide = metrics.horizontalAdvance(text);
    int left = button.rect.left() + (button.rect.width() - side - gap - wide) / 2;
    if (side > 0) {
        const QRect shape(left, button.rect.top() + (button.rect.height() - side) / 2, side, side);
        button.icon.paint(painter, shape, Qt::AlignCenter, enabled ? QIcon::Normal : QIcon::Disabled);
        left += side + gap;
    }
    painter->setPen(!enabled ? button.palette.color(QPalette::Disabled, QPalette::ButtonText)
                    : filled ? theme.onAccent
                    : link   ? theme.accent
                             : theme.text);
    painter->drawText(QRect(left, button.rect.top(), wide + 1, button.rect.height()), Qt::AlignVCenter | Qt::AlignLeft,
                      text);
}

/// The text stands over that of the cells, whose paddings are 12 in the first column and 6 in the others.
static void drawHeaderLabel(const QStyleOptionHeader &header, QPainter *painter, const QWidget *widget)
{
    const Theme &theme = Theme::of(header.palette);
    if (widget)
        painter->setFont(widget->font());
    const QFontMetrics metrics = painter->fontMetrics();
    QRect room(header.rect);
    room.adjust(header.section == 0 ? px(6) : 0, 0, -px(2), 0); // beside the margin of 6 that it has
    const bool sorted = header.sortIndicator != QStyleOptionHeader::None;
    const int side = sorted ? px(10) : 0;
    const QString text = metrics.elidedText(header.text, Qt::ElideRight, room.width() - side);
    const int wide = metrics.horizontalAdvance(text);
    const bool right = header.textAlignment & Qt::AlignRight;
    const int left = right ? room.right() + 1 - wide : room.left();
    painter->setPen(theme.muted);
    painter->drawText(QRect(left, room.top(), wide + 1, room.height()), Qt::AlignVCenter | Qt::AlignLeft, text);
    if (!sorted)
        return;
    const QRect mark(right ? left - side - px(3) : left + wide + px(4), room.center().y() - side / 2 + 1, side, side);
    paintGlyph(*painter, mark,
               header.sortIndicator == QStyleOptionHeader::SortUp ? Glyph::ChevronUp : Glyph::ChevronDown, theme.muted);
}

void Style::drawControl(ControlElement element, const QStyleOption *option, QPainter *painter,
                        const QWidget *widget) const
{
    const Theme &theme = Theme::of(option->palette);
    switch (element) {
    case CE_FocusFrame: {
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(QPen(theme.accent, 2));
        painter->setBrush(Qt::NoBrush);
        painter->drawRoundedRect(QRectF(option->rect).adjusted(1, 1, -1, -1), px(4) + 3, px(4) + 3);
        painter->restore();
        return;
    }
    case CE_PushButtonLabel: {
        const auto *button = qstyleoption_cast<const QStyleOptionButton *>(option);
        if (!button)
            break;
        drawButtonLabel(*button, painter);
        return;
    }
    case CE_HeaderSection:
    case CE_HeaderEmptyArea:
        painter->fillRect(option->rect, theme.alt);
        painter->fillRect(QRect(option->rect.left(), option->rect.bottom(), option->rect.width(), 1), theme.line);
        return;
    case CE_HeaderLabel: {
        const auto *header = qstyleoption_cast<const QStyleOptionHeader *>(option);
        if (!header)
            break;
        drawHeaderLabel(*header, painter, widget);
        return;
    }
    case CE_Splitter:
        return;
    default:
        break;
    }
    QProxyStyle::drawControl(element, option, painter, widget);
}

static void drawScrollBar(const QStyle &style, const QStyleOptionSlider *bar, QPainter *painter, const QWidget *widget)
{
    const Theme &theme = Theme::of(bar->palette);
    if (bar->minimum == bar->maximum)
        return;
    const QRect slider = style.subControlRect(QStyle::CC_ScrollBar, bar, QStyle::SC_ScrollBarSlider, widget);
    const bool active = bar->state & QStyle::State_MouseOver || bar->state & QStyle::State_Sunken;
    const int gap = px(3);
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(Qt::NoPen);
    painter->setBrush(active ? theme.fieldEdge : theme.buttonEdge);
    const QRectF thumb = bar->orientation == Qt::Vertical ? QRectF(slider).adjusted(gap, 1, -gap, -1)
                                                          : QRectF(slider).adjusted(1, gap, -1, -gap);
    const double radius = qMin(thumb.width(), thumb.height()) / 2;
    painter->drawRoundedRect(thumb, radius, radius);
    painter->restore();
}

void Style::drawComplexControl(ComplexControl control, const QStyleOptionComplex *option, QPainter *painter,
                               const QWidget *widget) const
{
    if (control == CC_ScrollBar) {
        if (const auto *bar = qstyleoption_cast<const QStyleOptionSlider *>(option))
            drawScrollBar(*this, bar, painter, widget);
        return;
    }
    const auto *combo = qstyleoption_cast<const QStyleOptionComboBox *>(option);
    if (control == CC_ComboBox && combo) {
        const Theme &theme = Theme::of(option->palette);
        const bool lit = option->state & State_Enabled && option->state & (State_MouseOver | State_On | State_Sunken);
        if (combo->editable)
            drawField(option, painter);
        else
            box(painter, option->rect, lit ? theme.hover : theme.base, theme.buttonEdge);
        const int side = px(14);
        paintGlyph(*painter,
                   QRect(option->rect.right() - px(8) - side, option->rect.center().y() - side / 2 + 1, side, side),
                   Glyph::ChevronDown, theme.muted);
        return;
    }
    if (const auto *spin = qstyleoption_cast<const QStyleOptionSpinBox *>(option); control == CC_SpinBox && spin) {
        drawSpinBox(*this, spin, painter, widget);
        return;
    }
    QProxyStyle::drawComplexControl(control, option, painter, widget);
}

/// Its frame is filled by the style, with round corners that the text's own ground would cover.
void Style::polish(QWidget *widget)
{
    QProxyStyle::polish(widget);
    if (auto *edit = qobject_cast<QPlainTextEdit *>(widget))
        edit->viewport()->setAutoFillBackground(false);
}

QRect Style::subControlRect(ComplexControl control, const QStyleOptionComplex *option, SubControl part,
                            const QWidget *widget) const
{
    if (control == CC_ScrollBar) {
        const auto *bar = qstyleoption_cast<const QStyleOptionSlider *>(option);
        if (!bar)
            return {};
        const bool upright = bar->orientation == Qt::Vertical;
        const int length = upright ? bar->rect.height() : bar->rect.width();
        const qint64 range = qint64(bar->maximum) - bar->minimum;
        int thumb = length;
        if (range > 0)
            thumb = qBound(qMin(px(24), length), int(qint64(bar->pageStep) * length / (range + bar->pageStep)), length);
        const int start =
            sliderPositionFromValue(bar->minimum, bar->maximum, bar->sliderPosition, length - thumb, bar->upsideDown);
        const auto piece = [&](int from, int size) {
            return upright ? QRect(bar->rect.x(), bar->rect.y() + from, bar->rect.width(), size)
                           : QRect(bar->rect.x() + from, bar->rect.y(), size, bar->rect.height());
        };
        switch (part) {
        case SC_ScrollBarSlider:
            return piece(start, thumb);
        case SC_ScrollBarSubPage:
            return piece(0, start);
        case SC_ScrollBarAddPage:
            return piece(start + thumb, length - start - thumb);
        case SC_ScrollBarGroove:
            return bar->rect;
        default:
            return {};
        }
    }
    const auto *combo = qstyleoption_cast<const QStyleOptionComboBox *>(option);
    if (control == CC_ComboBox && combo && part == SC_ComboBoxEditField)
        return option->rect.adjusted(combo->editable ? px(2) : px(8), 0, -px(26), 0);
    if (control == CC_ComboBox && combo && part == SC_ComboBoxArrow)
        return option->rect.adjusted(option->rect.width() - px(26), 0, 0, 0);
    if (control == CC_SpinBox) {
        const QRect buttons = option->rect.adjusted(option->rect.width() - px(24), 0, 0, 0);
        const int half = buttons.height() / 2;
        switch (part) {
        case SC_SpinBoxEditField:
            return option->rect.adjusted(px(2), 0, -px(24), 0);
        case SC_SpinBoxUp:
            return buttons.adjusted(0, 0, 0, half - buttons.height());
        case SC_SpinBoxDown:
            return buttons.adjusted(0, half, 0, 0);
        default:
            return option->rect;
        }
    }
    return QProxyStyle::subControlRect(control, option, part, widget);
}

QRect Style::subElementRect(SubElement element, const QStyleOption *option, const QWidget *widget) const
{
    if (element == SE_LineEditContents)
        return option->rect.adjusted(px(6), 0, -px(6), 0);
    return QProxyStyle::subElementRect(element, option, widget);
}

QSize Style::sizeFromContents(ContentsType type, const QStyleOption *option, const QSize &size,
                              const QWidget *widget) const
{
    switch (type) {
    case CT_PushButton: {
        const auto *button = qstyleoption_cast<const QStyleOptionButton *>(option);
        const bool bare = button && button->text.isEmpty();
        const int icon = button && !button->icon.isNull() && !bare ? px(6) : 0;
        return {bare ? px(28) : size.width() + icon + 2 * px(12), qMax(px(28), size.height())};
    }
    case CT_LineEdit:
        return {size.width(), qMax(px(28), size.height())};
    case CT_SpinBox: // with the paddings of the line edit in it
        return {size.width() + px(40), qMax(px(28), size.height())};
    case CT_ComboBox:
        return {size.width() + px(36), qMax(px(28), size.height())};
    case CT_HeaderSection: {
        QSize section = QProxyStyle::sizeFromContents(type, option, size, widget);
        section.setHeight(px(26));
        return section;
    }
    default:
        return QProxyStyle::sizeFromContents(type, option, size, widget);
    }
}

int Style::pixelMetric(PixelMetric metric, const QStyleOption *option, const QWidget *widget) const
{
    switch (metric) {
    case PM_FocusFrameHMargin:
    case PM_FocusFrameVMargin:
        return 4; // 2 px ring, 2 px away
    case PM_SmallIconSize:
    case PM_ButtonIconSize:
    case PM_ListViewIconSize:
        return px(16);
    case PM_ScrollBarExtent:
        return px(12);
    case PM_ScrollBarSliderMin:
        return px(24);
    case PM_ScrollView_ScrollBarSpacing:
    case PM_ButtonShiftHorizontal:
    case PM_ButtonShiftVertical:
    case PM_ButtonDefaultIndicator:
        return 0;
    case PM_IndicatorWidth:
    case PM_IndicatorHeight:
    case PM_ExclusiveIndicatorWidth:
    case PM_ExclusiveIndicatorHeight:
        return px(15);
    case PM_HeaderMargin:
        return px(6);
    case PM_SplitterWidth:
        return px(12);
    default:
        return QProxyStyle::pixelMetric(metric, option, widget);
    }
}

int Style::styleHint(StyleHint hint, const QStyleOption *option, const QWidget *widget, QStyleHintReturn *data) const
{
    switch (hint) {
    case SH_DialogButtonBox_ButtonsHaveIcons:
    case SH_ComboBox_Popup:
    case SH_EtchDisabledText:
    case SH_UnderlineShortcut:
    case SH_ScrollBar_Transient:
        return 0;
    default:
        return QProxyStyle::styleHint(hint, option, widget, data);
    }
}

} // namespace kernelyard
