//! The live board: spans, rooms, counters and the last events, drawn in the terminal.
use crate::ivr::Ivr;
use crate::trunks::Trunks;
use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event as Input, KeyCode, KeyModifiers};
use ratatui::layout::{Constraint, Layout};
use ratatui::style::{Color, Style, Stylize as _};
use ratatui::text::Line;
use ratatui::widgets::{Block, Cell, Gauge, Paragraph, Row, Table};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tandem_engine::{Engine, SpanState, Statistics};
use tandem_types::Frames;

/// The board.
pub(crate) struct Board {
    terminal: DefaultTerminal,
    stop: Arc<AtomicBool>,
    lines: VecDeque<String>,
    next_draw: Frames,
}

/// What one picture shows.
struct Picture<'a> {
    now: Frames,
    statistics: Statistics,
    spans: Vec<SpanState>,
    rooms: Vec<(String, usize)>,
    blocked: u64,
    wrong: u64,
    lines: &'a VecDeque<String>,
}

impl Board {
    pub(crate) fn new(stop: Arc<AtomicBool>) -> std::io::Result<Self> {
        let terminal = ratatui::try_init()?;
        Ok(Self { terminal, stop, lines: VecDeque::new(), next_draw: Frames(0) })
    }

    pub(crate) fn note(&mut self, text: String) {
        self.lines.push_back(text);
        if self.lines.len() > KEPT_LINES {
            self.lines.pop_front();
        }
    }

    /// Draws, at most ten times a second.
    pub(crate) fn refresh(&mut self, engine: &Engine, ivr: &Ivr<'_>, trunks: &Trunks, now: Frames) {
        if now < self.next_draw {
            return;
        }
        self.next_draw = now + Frames::from_ms(100);
        let (Ok(statistics), Ok(spans)) = (engine.statistics(), engine.spans()) else { return };
        let rooms = ivr.rooms().map(|(name, parties)| (name.to_owned(), parties)).collect();
        let (blocked, wrong) = trunks.live();
        let picture = Picture { now, statistics, spans, rooms, blocked, wrong, lines: &self.lines };
        // A terminal that has gone away does not stop the switch.
        let _ = self.terminal.draw(|frame| draw(frame, &picture));
    }

    /// `q`, Escape or Ctrl-C.
    pub(crate) fn wants_to_stop(&mut self) -> bool {
        while event::poll(Duration::ZERO).unwrap_or(false) {
            let Ok(Input::Key(key)) = event::read() else { continue };
            let interrupt = key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL);
            if interrupt || matches!(key.code, KeyCode::Char('q') | KeyCode::Esc) {
                self.stop.store(true, Ordering::Relaxed);
            }
        }
        self.stop.load(Ordering::Relaxed)
    }

    /// Gives the terminal back and leaves the last lines on it.
    pub(crate) fn end(self) {
        ratatui::restore();
        for line in self.lines.iter().rev().take(5).rev() {
            crate::display::print_line(&mut std::io::stdout(), line);
        }
    }
}

fn draw(frame: &mut ratatui::Frame<'_>, picture: &Picture<'_>) {
    let spans_height = picture.spans.len().min(16) as u16 + 3;
    let [head, spans, counters, lines] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(spans_height),
        Constraint::Length(6),
        Constraint::Min(3),
    ])
    .areas(frame.area());
    frame.render_widget(title(picture), head);
    let [table, load] = Layout::horizontal([Constraint::Min(50), Constraint::Length(30)]).areas(spans);
    frame.render_widget(span_table(picture), table);
    frame.render_widget(load_gauge(picture), load);
    let [left, right] = Layout::horizontal([Constraint::Percentage(50); 2]).areas(counters);
    frame.render_widget(counter_lines(picture), left);
    frame.render_widget(room_lines(picture), right);
    let shown = usize::from(lines.height.saturating_sub(2));
    let last = picture.lines.iter().rev().take(shown).rev().map(|line| Line::raw(line.as_str()));
    let block = Block::bordered().title(" events ");
    frame.render_widget(Paragraph::new(last.collect::<Vec<_>>()).block(block), lines);
}

fn title(picture: &Picture<'_>) -> Paragraph<'static> {
    let text = format!(" Tandem switch   {:.1} s   q or Ctrl-C: stop", picture.now.as_seconds());
    Paragraph::new(text).style(Style::new().bold().reversed())
}

fn span_table(picture: &Picture<'_>) -> Table<'static> {
    let rows = picture.spans.iter().map(|span| {
        let (state, colour) = match (span.failed, span.defects.is_severe(), span.defects.is_empty()) {
            (true, ..) => ("FAILED", Color::Red),
            (_, true, _) => ("defect", Color::Yellow),
            (_, _, false) => ("alarm", Color::Yellow),
            _ => ("in service", Color::Green),
        };
        Row::new([
            Cell::new(format!("span {}", span.span.index())),
            Cell::new(state).fg(colour),
            Cell::new(span.defects.to_string()),
            Cell::new(format!("{:>3} of {}", span.calls, span.channels)),
        ])
    });
    let widths = [Constraint::Length(9), Constraint::Length(11), Constraint::Min(12), Constraint::Length(10)];
    Table::new(rows, widths)
        .header(Row::new(["", "state", "defects", "calls"]).bold())
        .block(Block::bordered().title(" trunks "))
}

fn load_gauge(picture: &Picture<'_>) -> Gauge<'static> {
    let calls: usize = picture.spans.iter().map(|span| span.calls).sum();
    let channels: usize = picture.spans.iter().map(|span| span.channels).sum::<usize>().max(1);
    Gauge::default()
        .block(Block::bordered().title(" channels in use "))
        .gauge_style(Color::Cyan)
        .ratio((calls as f64 / channels as f64).clamp(0.0, 1.0))
        .label(format!("{calls} of {channels}"))
}

fn counter_lines(picture: &Picture<'_>) -> Paragraph<'static> {
    let totals = &picture.statistics.totals;
    let dropped = totals.media.octets_tap_dropped + totals.recording_lost_frames;
    Paragraph::new(vec![
        Line::raw(format!("offered {}  answered {}", totals.calls_offered, totals.calls_answered)),
        Line::raw(format!("cleared {}  blocked {}", totals.calls_cleared, picture.blocked)),
        Line::raw(format!("digits {}  recordings {}", totals.digits_received, totals.recordings)),
        Line::raw(format!(
            "late ticks {}  dropped {dropped}  wrong {}",
            picture.statistics.late_ticks, picture.wrong
        )),
    ])
    .block(Block::bordered().title(" counted "))
}

fn room_lines(picture: &Picture<'_>) -> Paragraph<'static> {
    let rooms: Vec<String> =
        picture.rooms.iter().map(|(name, parties)| format!("{name}: {parties}")).collect();
    Paragraph::new(rooms.join("   "))
        .wrap(ratatui::widgets::Wrap { trim: true })
        .block(Block::bordered().title(format!(" conferences ({}) ", rooms.len())))
}

const KEPT_LINES: usize = 200;
