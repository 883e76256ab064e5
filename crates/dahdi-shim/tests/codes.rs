//! The numbers that the library has for itself, against those generated from the header.
#[path = "../src/codes.rs"]
mod codes;
use tandem_card::dahdi::abi;

#[test]
fn codes_are_those_of_the_header() {
    for (ours, theirs) in [
        (codes::FLUSH, abi::REQUEST_FLUSH),
        (codes::SYNC, abi::REQUEST_SYNC),
        (codes::GETEVENT, abi::REQUEST_GETEVENT),
        (codes::IOMUX, abi::REQUEST_IOMUX),
        (codes::LOADZONE, abi::REQUEST_LOADZONE),
        (codes::ECHOCANCEL_PARAMS, abi::REQUEST_ECHOCANCEL_PARAMS),
        (codes::TIMERACK, abi::REQUEST_TIMERACK),
        (codes::TIMERPONG, abi::REQUEST_TIMERPONG),
        (codes::INDIRECT, abi::REQUEST_INDIRECT),
        (codes::TONE_OCTETS as u32, abi::SIZE_TONE_DEF),
        (codes::MUX_READ, abi::DAHDI_IOMUX_READ),
        (codes::MUX_WRITE, abi::DAHDI_IOMUX_WRITE),
        (codes::MUX_SENT, abi::DAHDI_IOMUX_WRITEEMPTY),
        (codes::MUX_EVENT, abi::DAHDI_IOMUX_SIGEVENT),
        (codes::MUX_NOWAIT, abi::DAHDI_IOMUX_NOWAIT),
        (codes::ELAST as u32, abi::ELAST),
        // A name of 16 octets and a value.
        (codes::PARAMETER_OCTETS as u32, 20),
    ] {
        assert_eq!(ours, theirs, "{theirs:#x}");
    }
}
